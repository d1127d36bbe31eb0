"""Building the programme: batches and their missions."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record, record_many
from sms.core import bulk
from sms.core.problems import Refused
from sms.core.states import check_move
from sms.programme.choices import BATCH_MOVES, MISSION_MOVES
from sms.programme.models import Batch, Guidelines, Mission

GONE = gettext_lazy("Somebody removed this mission meanwhile. Reload the page.")
MISSION_FIELDS = [field.attname for field in Mission._meta.concrete_fields]  # the key comes first


@transaction.atomic
def create_batch(*, actor: User | None, **fields: object) -> Batch:
    batch = Batch(**fields)
    _save_new(batch, _("A batch with the code %(code)s exists already.") % {"code": batch.code})
    record(actor=actor, verb=gettext_noop("created the batch"), subject=batch)
    return batch


@transaction.atomic
def edit_batch(*, actor: User, batch: Batch, **fields: object) -> None:
    """Changes title, dates or timezone. The status moves by `move_batch`."""
    changed = _update(batch, fields)
    if changed:
        record(actor=actor, verb=gettext_noop("edited the batch"), subject=batch, data={"fields": changed})


@transaction.atomic
def move_batch(*, actor: User, batch: Batch, to: str) -> None:
    """Moves a batch along BATCH_MOVES. Moving to where it stands already does nothing."""
    _move(actor, batch, BATCH_MOVES, to, gettext_noop("changed the status of the batch"))


@transaction.atomic
def create_mission(*, actor: User | None, batch: Batch, **fields: object) -> Mission:
    mission = Mission(batch=batch, **fields)
    _save_new(mission, _("This batch has a mission with the code %(code)s already.") % {"code": mission.code})
    record(actor=actor, verb=gettext_noop("created the mission"), subject=mission)
    return mission


@transaction.atomic
def edit_mission(*, actor: User, mission: Mission, **fields: object) -> None:
    changed = _update(mission, fields)
    if changed:
        record(actor=actor, verb=gettext_noop("edited the mission"), subject=mission, data={"fields": changed})


@transaction.atomic
def move_mission(*, actor: User, mission: Mission, to: str) -> None:
    """Moves a mission along MISSION_MOVES."""
    _move(actor, mission, MISSION_MOVES, to, gettext_noop("changed the status of the mission"))


@transaction.atomic
def place_mission(*, actor: User, mission: Mission, step: int) -> None:
    """Moves a mission by `step` places among those of its batch (-1 is one earlier), and numbers all of them anew."""
    missions = list(Mission.objects.filter(batch=mission.batch_id).order_by("order", "pk").select_for_update())
    place = next((place for place, each in enumerate(missions) if each.pk == mission.pk), None)
    if place is None:
        raise Refused(GONE)
    wanted = min(max(place + step, 0), len(missions) - 1)
    missions.insert(wanted, missions.pop(place))
    bulk.update(Mission, ["order"], ((each.pk, order) for order, each in enumerate(missions, start=1)))
    mission.order = wanted + 1
    if wanted != place:
        record(
            actor=actor,
            verb=gettext_noop("changed the order of the mission"),
            subject=mission,
            data={"from": place + 1, "to": wanted + 1},
        )


@transaction.atomic
def set_guidelines(*, actor: User | None, mission: Mission, do: str, dont: str) -> None:
    """Sets what a mission asks its students to do and not to do, as Markdown."""
    before = Guidelines.objects.filter(mission=mission).first()
    if (before.do, before.dont) == (do, dont) if before else not (do or dont):
        return
    Guidelines.objects.update_or_create(mission=mission, defaults={"do": do, "dont": dont})
    record(
        actor=actor,
        verb=gettext_noop("changed the guidelines of"),
        subject=mission,
        data={"before": {"do": before.do, "dont": before.dont} if before else {}},
    )


@transaction.atomic
def create_missions(*, actor: User | None, rows: list[dict[str, Any]]) -> list[Mission]:
    """The bulk form of `create_mission`: each row holds the fields of a mission, `batch` among them."""
    missions = [Mission(**row) for row in rows]
    keys = bulk.new_keys(Mission, len(missions))
    for mission, key in zip(missions, keys, strict=True):
        mission.pk = key
    _all_or_nothing(lambda: bulk.insert(Mission, MISSION_FIELDS, map(_values, missions)))
    for mission in missions:
        mission._state.adding = False
    record_many(actor=actor, verb=gettext_noop("created the mission"), subjects=missions)
    return missions


@transaction.atomic
def edit_missions(
    *, actor: User | None, changes: list[tuple[Mission, dict[str, Any]]], is_restoring: bool = False
) -> int:
    """The bulk form of `edit_mission`; `status` may be among the fields, and moves along MISSION_MOVES, unless an
    import is taken back: then it returns to what it was.

    The missions given are brought to the values that are stored then. Returns how many of them changed.
    """
    stored = Mission.objects.order_by("pk").select_for_update(no_key=True).in_bulk([m.pk for m, _fields in changes])
    edited: dict[tuple[str, ...], list[Mission]] = defaultdict(list)
    moved: dict[tuple[str, str], list[Mission]] = defaultdict(list)
    for mission, fields in changes:
        before = stored.get(mission.pk)
        if before is None:
            raise Refused(GONE)
        for name, value in fields.items():
            setattr(mission, name, value)
        if mission.status != before.status:
            if not is_restoring:
                _check_move_of(mission, before.status)
            moved[before.status, mission.status].append(mission)
        names = tuple(name for name, value in fields.items() if name != "status" and getattr(before, name) != value)
        if names:
            edited[names].append(mission)
    changed = {mission.pk: mission for missions in (*edited.values(), *moved.values()) for mission in missions}
    _all_or_nothing(lambda: bulk.update(Mission, MISSION_FIELDS[1:], map(_values, changed.values())))
    for names, missions in edited.items():
        record_many(
            actor=actor, verb=gettext_noop("edited the mission"), subjects=missions, data={"fields": list(names)}
        )
    for (start, end), missions in moved.items():
        record_many(
            actor=actor,
            verb=gettext_noop("changed the status of the mission"),
            subjects=missions,
            data={"from": start, "to": end},
        )
    return len(changed)


def _save_new(instance: Batch | Mission, duplicate_sentence: str) -> None:
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(duplicate_sentence) from error


def _update(instance: Batch | Mission, fields: dict[str, object]) -> list[str]:
    changed = [name for name, value in fields.items() if getattr(instance, name) != value]
    for name in changed:
        setattr(instance, name, fields[name])
    if changed:
        try:
            with transaction.atomic():
                instance.save(update_fields=changed)
        except IntegrityError as error:
            raise Refused(_("That code is taken or the dates are the wrong way round. Nothing was changed.")) from error
    return changed


def _move(actor: User, instance: Batch | Mission, moves: dict, to: str, verb: str) -> None:
    current = type(instance).objects.select_for_update().get(pk=instance.pk).status
    if current == to:
        return
    check_move(moves, current, to)
    instance.status = to
    instance.save(update_fields=["status"])
    record(actor=actor, verb=verb, subject=instance, data={"from": current, "to": to})


def _values(mission: Mission) -> list[object]:
    return [getattr(mission, name) for name in MISSION_FIELDS]


def _check_move_of(mission: Mission, current: str) -> None:
    try:
        check_move(MISSION_MOVES, current, mission.status)
    except Refused as refusal:
        raise Refused(f"{mission.title}: {refusal.sentence}") from refusal


def _all_or_nothing(write: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        raise Refused(
            _("A mission’s code is taken in its batch, or its dates are the wrong way round. Nothing was changed.")
        ) from error
