"""Deleting enrollments and missions that were made by mistake, as the undo of an import does. Who really leaves, leaves."""

from collections.abc import Collection, Iterable

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record_many
from sms.core.problems import Refused
from sms.core.sentences import listed
from sms.programme.models import Enrollment, Mission, MissionEnrollment
from sms.programme.queries import enrollments_in_use, mission_enrollments_in_use, missions_in_use


@transaction.atomic
def remove_enrollments(*, actor: User | None, enrollments: Iterable[Enrollment]) -> int:
    """Deletes enrollments to which nothing refers. Refused, with the names, when anything does. Bulk form."""
    rows = _locked(Enrollment.objects.select_related("student", "batch"), enrollments)
    _refuse_in_use(rows, enrollments_in_use([row.pk for row in rows]))
    return _delete(actor, Enrollment, rows, gettext_noop("removed the enrollment of"))


@transaction.atomic
def remove_mission_enrollments(*, actor: User | None, mission_enrollments: Iterable[MissionEnrollment]) -> int:
    """Deletes mission enrollments to which nothing refers, with their history of access. Refused, with the names,
    when anything does. Bulk form.
    """
    people = MissionEnrollment.objects.select_related("enrollment__student", "mission")
    rows = _locked(people, mission_enrollments)
    _refuse_in_use(rows, mission_enrollments_in_use([row.pk for row in rows]))
    return _delete(actor, MissionEnrollment, rows, gettext_noop("removed from the mission"))


@transaction.atomic
def remove_missions(*, actor: User | None, missions: Iterable[Mission]) -> int:
    """Deletes missions in which nobody takes part and no work is set, with their rules. Bulk form."""
    rows = _locked(Mission.objects.select_related("batch"), missions)
    used = missions_in_use([row.pk for row in rows])
    if names := [row for row in rows if row.pk in used]:
        raise Refused(
            _("Students take part in %(names)s, or work is set there. Archive it instead.") % {"names": listed(names)}
        )
    return _delete(actor, Mission, rows, gettext_noop("removed the mission"))


def _locked(queryset: models.QuerySet, instances: Iterable[models.Model]) -> list:
    keys = [instance.pk for instance in instances]
    return list(queryset.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",)))


def _refuse_in_use(rows: Iterable[models.Model], used: Collection[int]) -> None:
    names = [row for row in rows if row.pk in used]
    if names:
        raise Refused(
            _("%(names)s cannot be removed, because there is work that belongs to it. Let the student leave instead.")
            % {"names": listed(names)}
        )


def _delete(actor: User | None, model: type[models.Model], rows: list[models.Model], verb: str) -> int:
    record_many(actor=actor, verb=verb, subjects=rows)
    model._base_manager.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
