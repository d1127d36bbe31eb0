"""Templates of enrollment: sets of missions with the access to each."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core.problems import Refused
from sms.programme.models import Batch, EnrollmentTemplate, EnrollmentTemplateItem, Mission


@transaction.atomic
def create_template(
    *, actor: User | None, batch: Batch, title: str, access: Mapping[Mission, str]
) -> EnrollmentTemplate:
    """`access` holds the missions of the batch that belong to the template."""
    template = EnrollmentTemplate(batch=batch, title=title)
    _save(template, access)
    record(actor=actor, verb=gettext_noop("created the enrollment template"), subject=template)
    return template


@transaction.atomic
def edit_template(*, actor: User, template: EnrollmentTemplate, title: str, access: Mapping[Mission, str]) -> None:
    """Changes what the template will do from now on; who was enrolled by it stays as they are."""
    EnrollmentTemplate.objects.select_for_update().get(pk=template.pk)
    template.title = title
    _save(template, access)
    record(actor=actor, verb=gettext_noop("edited the enrollment template"), subject=template)


@transaction.atomic
def delete_template(*, actor: User, template: EnrollmentTemplate) -> None:
    """Deletes the template; who was enrolled by it stays as they are. Twice changes nothing."""
    record(actor=actor, verb=gettext_noop("deleted the enrollment template"), subject=template)
    template.delete()


def _save(template: EnrollmentTemplate, access: Mapping[Mission, str]) -> None:
    if not access:
        raise Refused(_("Choose at least one mission. A template without missions would do nothing."))
    if any(mission.batch_id != template.batch_id for mission in access):
        raise Refused(_("Only missions of the same batch belong to a template."))
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise Refused(
            _("This batch has a template with the title “%(title)s” already.") % {"title": template.title}
        ) from error
    template.items.all().delete()
    EnrollmentTemplateItem.objects.bulk_create(
        EnrollmentTemplateItem(template=template, mission=mission, access=wanted) for mission, wanted in access.items()
    )
