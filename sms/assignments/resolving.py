"""Whom the lines of a submission list mean, and what the list would do: one pure function of what was pasted, who is
enrolled and what is recorded.

The same question gets the same answer, and its fingerprint names all of it: what a person confirms is what they saw,
or nothing happens (actions/lists.py).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sms.assignments.choices import Effect, Likeness, Resolution, SubmissionState, Timeliness
from sms.assignments.likeness import Proposals
from sms.assignments.models import SubmissionListLine
from sms.assignments.records import Record, plain
from sms.core.fields import masked_email
from sms.programme.choices import Access


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A student of the mission. `key` is that of the mission enrollment."""

    key: int
    name: str
    address: str
    student_number: str
    access: str
    is_active: bool

    @property
    def takes_part(self) -> bool:
        return self.is_active and self.access == Access.FULL


@dataclass(slots=True)
class Line:
    """A line of the list, or with `pasted` None a student whom no line means.

    `before` and `after` are the record of the submission, None where there is none. `note` says why in words,
    `timeliness` whether the work was in time; both are filled in for the lines that are shown.
    """

    pasted: SubmissionListLine | None
    resolution: Resolution
    student: Enrolled | None = None
    proposal: Enrolled | None = None
    likeness: Likeness | None = None
    effect: Effect = Effect.NONE
    before: Record | None = None
    after: Record | None = None
    note: str = ""
    timeliness: Timeliness | None = None

    @property
    def is_accepted(self) -> bool:
        return self.student is not None and self.student is self.proposal

    @property
    def handed_in_at(self) -> datetime | None:
        """When the work counts as handed in, where the line says something about it."""
        at = self.after["submitted_at"] if self.after else None
        return datetime.fromisoformat(at) if at else None

    @property
    def masked_address(self) -> str:
        return masked_email(self.pasted.address)

    @property
    def masked_proposal(self) -> str:
        return masked_email(self.proposal.address)


@dataclass(frozen=True)
class World:
    """What a list is held against. `records` are the submissions of the assignment by mission enrollment. `listed`
    are those that are as another list left them, each with the record that stands there without it, and `graded` those
    that somebody graded, though the grade may be held; these are only asked for when the list is complete.
    """

    students: Sequence[Enrolled]
    records: Mapping[int, Record]
    listed: Mapping[int, Record | None] = field(default_factory=dict)
    graded: Collection[int] = ()


@dataclass
class Resolved:
    lines: list[Line]
    missing: list[Line]
    kept: list[Enrolled] = field(default_factory=list)

    @property
    def everything(self) -> list[Line]:
        return [*self.lines, *self.missing]

    @cached_property
    def changes(self) -> list[Line]:
        return [line for line in self.everything if line.effect != Effect.NONE]

    @cached_property
    def effects(self) -> Counter:
        return Counter(line.effect.value for line in self.changes)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Lines by resolution; under missing, students."""
        counts = Counter(line.resolution.value for line in self.everything)
        return {each.value: counts[each.value] for each in Resolution}

    @cached_property
    def fingerprint(self) -> str:
        """Names everything that a person is shown and that would be written."""
        shown = [
            (
                line.pasted.number if line.pasted else 0,
                line.resolution,
                line.student.key if line.student else 0,
                line.proposal.key if line.proposal else 0,
                line.effect,
                line.before,
                line.after,
            )
            for line in self.everything
        ]
        kept = sorted(student.key for student in self.kept)
        return hashlib.sha256(json.dumps([shown, kept], sort_keys=True, default=str).encode()).hexdigest()


def resolve(
    pasted: Iterable[SubmissionListLine], world: World, *, as_of: datetime, now: datetime, is_complete: bool
) -> Resolved:
    """`as_of` is when work without a time of its own counts as handed in; a time that lies ahead of `now` is none."""
    lines = [Line(each, Resolution.NOT_ENROLLED) for each in pasted]
    _match(lines, world.students)
    _propose(lines, world.students)
    seen: set[int] = set()
    for line in lines:
        _decide(line, world, seen, as_of, now)
    missing = [
        Line(None, Resolution.MISSING, student)
        for student in world.students
        if student.takes_part and student.key not in seen
    ]
    kept = _withdraw(missing, world, seen) if is_complete else []
    return Resolved(lines, missing, kept)


def _match(lines: Sequence[Line], students: Sequence[Enrolled]) -> None:
    by_address = {student.address: student for student in students}
    by_number = {student.student_number.casefold(): student for student in students if student.student_number}
    for line in lines:
        if line.pasted.address:
            line.student = by_address.get(line.pasted.address)
        elif line.pasted.student_number:
            line.student = by_number.get(line.pasted.student_number.casefold())
        else:
            line.resolution = Resolution.UNREADABLE


def _propose(lines: Sequence[Line], students: Sequence[Enrolled]) -> None:
    """Proposes for the addresses that nobody has, among the students whom no line means. A proposal that was accepted
    holds as long as it would still be made.
    """
    open_lines = [line for line in lines if line.student is None and line.pasted.address]
    if not open_lines:
        return
    matched = {line.student.key for line in lines if line.student}
    proposals = Proposals(student for student in students if student.takes_part and student.key not in matched)
    for line in open_lines:
        found = proposals.of(line.pasted.address, line.pasted.name)
        if not found:
            continue
        line.resolution, line.proposal, line.likeness = Resolution.TYPO, found.person, found.likeness
        if line.pasted.is_accepted and line.pasted.proposal_id == found.person.key:
            line.student = found.person


def _decide(line: Line, world: World, seen: set[int], as_of: datetime, now: datetime) -> None:
    student = line.student
    if student is None:
        return
    is_typo = line.resolution == Resolution.TYPO
    if student.key in seen:
        line.resolution = Resolution.TYPO if is_typo else Resolution.DUPLICATE
        return
    seen.add(student.key)
    line.before = line.after = world.records.get(student.key)
    if line.before and line.before["state"] == SubmissionState.VERIFIED:
        line.resolution = Resolution.TYPO if is_typo else Resolution.RECORDED
        return
    if not student.takes_part:
        line.resolution = Resolution.RESTRICTED
        return
    own = line.pasted.submitted_at
    at = own if own and own <= now else as_of
    line.resolution = Resolution.TYPO if is_typo else Resolution.MATCHED
    line.effect = Effect.VERIFIED if line.before else Effect.RECORDED
    line.after = _verified(line.before, at)


def _verified(before: Record | None, at: datetime) -> Record:
    """The record as the list leaves it; who recorded it and when is filled in by the action."""
    claimed = datetime.fromisoformat(before["submitted_at"]) if before and before["submitted_at"] else None
    at = min(claimed, at) if claimed else at
    return {**(before or {}), "state": SubmissionState.VERIFIED.value, "submitted_at": plain(at)}


def _withdraw(missing: list[Line], world: World, seen: set[int]) -> list[Enrolled]:
    """A complete list takes back what lists recorded for others: a submission goes, a claim is a claim again.
    Returns whose submissions stay although the list lacks them: graded, or recorded in another way.
    """
    of = {line.student.key: line for line in missing}
    kept = []
    for student in world.students:
        record = world.records.get(student.key)
        if student.key in seen or not record or record["state"] != SubmissionState.VERIFIED:
            continue
        if student.key not in world.listed or student.key in world.graded:
            kept.append(student)
            continue
        line = of.get(student.key)
        if line is None:  # restricted since: not missing, and yet recorded by a list
            line = Line(None, Resolution.MISSING, student)
            missing.append(line)
        line.before, line.after, line.effect = record, world.listed[student.key], Effect.WITHDRAWN
    return kept
