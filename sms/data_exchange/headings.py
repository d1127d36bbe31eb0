"""Which column of a file is which column of a kind (interface.md, “Files”).

Headings are compared by their letters and digits alone, so that case, spaces, hyphens and order
do not matter. The form that a heading is compared in is called plain here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from django.utils.translation import gettext as _

from sms.data_exchange.formats import Recognised, format_named, format_of
from sms.data_exchange.reading import FileRefused, SourceRow
from sms.data_exchange.targets import TARGETS, Target
from sms.data_exchange.words import is_secret, listed, plain, shown

__all__ = ["TARGETS", "Match", "Target", "find_heading_row", "fingerprint", "match_headings", "plain"]

ROWS_TO_SEARCH = 20
IN_BRACKETS = re.compile(r"[(\[{（].*?[)\]}）]")

# How forms ask for what a heading names.
ASKING = re.compile(
    "(?:please|kindly|enter|write|type|provide|give|whatis|whats|your|my|the|official|valid|active|"
    + "|".join(["আপনার", "তোমার"])
    + ")"
)

# A plain heading that says little: it counts only where no other heading claims the same target.
WEAK = frozenset({"id", "contact", "contacts", "login", "student", "user", "number", "no", "state", "group"})


@dataclass(frozen=True)
class Match:
    """How the columns of one file are read.

    `mapping` gives the index of a target's column, `row` that of the heading row among the rows.
    `ambiguous` are headings that would have meant a target that a clearer heading took.
    `missing` are targets that the person must choose for the whole file.
    """

    mapping: dict[str, int]
    headings: tuple[str, ...] = ()
    targets: frozenset[str] = frozenset()
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    ignored_secrets: list[str] = field(default_factory=list)
    recognised: str = ""
    row: int = 0

    @property
    def format(self) -> Recognised | None:
        return format_named(self.recognised) if self.recognised else None

    def texts(self, cells: Sequence[str], *, domain: str = "") -> dict[str, str]:
        """The text of each target in one row. Raises RowSkipped for rows that a format says are no data.

        `domain` completes the user names of formats that have no addresses.
        """
        width = len(cells)
        texts = {target: cells[column] if column < width else "" for target, column in self.mapping.items()}
        recognised = self.format
        if recognised is None:
            return texts
        found = recognised.transform(dict(zip(self.headings, cells, strict=False)), domain=domain)
        return texts | {target: found[target] for target in found.keys() & self.targets}


def fingerprint(cells: Iterable[str]) -> str:
    """The shape of a file, whatever the order of its columns."""
    shape = "\n".join(sorted(filter(None, map(plain, cells))))
    return blake2b(shape.encode(), digest_size=16).hexdigest()


def match_headings(
    cells: Sequence[str], targets: Sequence[Target], kind: str, *, row: int = 0, recognise: bool = True
) -> Match:
    """Finds the column of each target. `recognise=False` reads a file of a known format by its headings alone.

    Raises FileRefused for headings that stand twice or mean the same, and for a key that is not there.
    """
    headings = [plain(cell) for cell in cells]
    _refuse_twins(cells, headings)
    secrets = [index for index, heading in enumerate(headings) if is_secret(heading)]
    recognised = format_of(headings, kind) if recognise else None
    spoken_for = set(secrets) | ({i for i, h in enumerate(headings) if h in recognised.claims} if recognised else set())
    claims = _claims(cells, headings, targets, spoken_for)
    mapping, ambiguous = _settle(cells, headings, claims, takes_first=bool(recognised and recognised.takes_first))
    if recognised:
        mapping |= recognised.mapping(headings)
    names = frozenset(target.name for target in targets)
    mapping = {name: column for name, column in mapping.items() if name in names}
    missing = [target for target in targets if target.required and target.name not in mapping]
    missing = [target for target in missing if not (set(target.stand_ins) & mapping.keys())]
    _refuse_without_key(cells, [target for target in missing if not target.choosable])
    read = set(mapping.values()) | set(secrets) | set(ambiguous) | spoken_for
    return Match(
        mapping=mapping,
        headings=tuple(headings),
        targets=names,
        unknown=[shown(cell) for index, cell in enumerate(cells) if headings[index] and index not in read],
        missing=[target.name for target in missing],
        ambiguous=[shown(cells[index]) for index in ambiguous],
        ignored_secrets=[shown(cells[index]) for index in secrets],
        recognised=recognised.name if recognised else "",
        row=row,
    )


def find_heading_row(rows: Sequence[SourceRow], targets: Sequence[Target], kind: str) -> int:
    """The index of the row, among the first, that names the most targets: files begin with titles and remarks."""
    scores = [_score(row.cells, targets, kind) for row in rows[:ROWS_TO_SEARCH]]
    return scores.index(max(scores)) if scores else 0


def _score(cells: Sequence[str], targets: Sequence[Target], kind: str) -> int:
    headings = [plain(cell) for cell in cells]
    if format_of(headings, kind):
        return 100
    claims = _claims(cells, headings, targets, set())
    return sum(3 if target.required else 1 for target in targets if claims.get(target.name))


def _claims(
    cells: Sequence[str], headings: Sequence[str], targets: Sequence[Target], spoken_for: set[int]
) -> dict[str, list[int]]:
    """The columns whose headings mean each target."""
    meant = {plain(word): target.name for target in targets for word in (target.name, *target.aliases)}
    claims: dict[str, list[int]] = {}
    for index, heading in enumerate(headings):
        if heading and index not in spoken_for:
            target = next((meant[form] for form in _forms(cells[index], heading) if form in meant), None)
            if target:
                claims.setdefault(target, []).append(index)
    return claims


def _forms(cell: str, heading: str) -> list[str]:
    """The heading, then without remarks in brackets, then without the words of a question."""
    bare = plain(IN_BRACKETS.sub(" ", cell))
    asked = bare
    while (found := ASKING.match(asked)) and found.end() < len(asked):
        asked = asked[found.end() :]
    return [heading, bare, asked]


def _settle(
    cells: Sequence[str], headings: Sequence[str], claims: dict[str, list[int]], *, takes_first: bool
) -> tuple[dict[str, int], list[int]]:
    """One column for each target, and the columns that were passed over."""
    mapping, passed = {}, []
    for target, columns in claims.items():
        clear = [column for column in columns if headings[column] not in WEAK] or columns
        if len(clear) > 1 and not takes_first:
            raise FileRefused(
                _("Several headings mean “%(target)s”: %(headings)s. Delete or rename all but one.")
                % {"target": target, "headings": listed(cells[column] for column in clear)}
            )
        mapping[target] = clear[0]
        passed += [column for column in columns if column != clear[0]]
    return mapping, sorted(passed)


def _refuse_twins(cells: Sequence[str], headings: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for index, heading in enumerate(headings):
        if heading and heading in first:
            raise FileRefused(
                _("Two columns have the same heading: %(headings)s. Delete or rename one of them.")
                % {"headings": listed([cells[first[heading]], cells[index]])}
            )
        first.setdefault(heading, index)


def _refuse_without_key(cells: Sequence[str], missing: Sequence[Target]) -> None:
    if not missing:
        return
    found = listed(cell for cell in cells if plain(cell)) or _("no headings")
    raise FileRefused(
        _("The file has no column for %(missing)s. Found: %(found)s. Add it, or choose the row that has the headings.")
        % {"missing": listed(target.name for target in missing), "found": found}
    )
