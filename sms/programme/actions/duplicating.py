"""Making a new batch after the pattern of another."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.programme.actions.building import create_batch, create_missions
from sms.programme.choices import MissionStatus
from sms.programme.copying import Copy, copy_the_rest
from sms.programme.models import Batch, EnrollmentTemplate, EnrollmentTemplateItem, Guidelines


@transaction.atomic
def duplicate_batch(
    *, actor: User | None, batch: Batch, code: str, title: str, starts_on: date, timezone: str
) -> Batch:
    """A new batch, in draft, with the missions and rules of `batch`, its dates moved to begin on `starts_on`.

    Every mission is upcoming there. Students, mentors and holidays are not copied.
    """
    distance = starts_on - batch.starts_on
    target = create_batch(
        actor=actor,
        code=code,
        title=title,
        starts_on=starts_on,
        ends_on=batch.ends_on + distance,
        timezone=timezone,
    )
    missions = list(batch.missions.order_by("order", "pk"))
    created = create_missions(
        actor=actor,
        rows=[
            {
                "batch": target,
                "code": mission.code,
                "title": mission.title,
                "order": mission.order,
                "status": MissionStatus.UPCOMING,
                "starts_on": mission.starts_on + distance,
                "ends_on": mission.ends_on + distance,
            }
            for mission in missions
        ],
    )
    copy = Copy(batch, target, dict(zip((mission.pk for mission in missions), created, strict=True)))
    _copy_guidelines(copy)
    _copy_templates(copy)
    copy_the_rest(actor, copy)
    record(
        actor=actor,
        verb=gettext_noop("duplicated the batch"),
        subject=target,
        data={"from": batch.code, "missions": len(created)},
    )
    return target


def _copy_guidelines(copy: Copy) -> None:
    Guidelines.objects.bulk_create(
        Guidelines(mission=copy.missions[each.mission_id], do=each.do, dont=each.dont)
        for each in Guidelines.objects.filter(mission__batch=copy.source)
    )


def _copy_templates(copy: Copy) -> None:
    sources = list(copy.source.enrollment_templates.prefetch_related("items"))
    templates = EnrollmentTemplate.objects.bulk_create(
        EnrollmentTemplate(batch=copy.target, title=source.title) for source in sources
    )
    EnrollmentTemplateItem.objects.bulk_create(
        EnrollmentTemplateItem(template=template, mission=copy.missions[item.mission_id], access=item.access)
        for source, template in zip(sources, templates, strict=True)
        for item in source.items.all()
    )
