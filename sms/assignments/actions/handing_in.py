"""A student hands in their own work, and staff verify it.

What a student hands in is claimed: it gives no points before staff have verified it, and never changes what is
verified. The time is the server's, and that of the latest version counts, as it is the latest version that is read.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.assignments.choices import SubmissionState, Way
from sms.assignments.models import Assignment, Evidence, Submission
from sms.assignments.queries import evidence_of, standing_of
from sms.assignments.ways import FILE_KINDS, check_link, check_way
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.core.uploads import check_upload, clean_name, forget_orphans, forget_upload, store_upload
from sms.points.actions import request_recalculation
from sms.programme.choices import Access, BatchStatus
from sms.programme.models import MissionEnrollment

FOLDER = "homework"


@dataclass(frozen=True)
class HandedIn:
    """The version that counts now, and whether this very act made it."""

    evidence: Evidence
    is_new: bool


@transaction.atomic
def hand_in(
    *, actor: User, mission_enrollment: MissionEnrollment, assignment: Assignment, link: str = "", file: File | None
) -> HandedIn:
    """Keeps a link, a file or both as the latest version. The same once more changes nothing.

    Raises Refused when the assignment does not take work at this instant or not in this way, and for a link or a file
    that is none. The instant that this is asked of is the one that counts: keeping a large file makes nothing late.
    The file is stored before anything is locked, and goes again when the record cannot be written.
    """
    now = clock.now()
    _refuse_closed(mission_enrollment, assignment, now)
    check_way(assignment, link=link, has_file=file is not None)
    check_link(link)
    kept = _checked(file) if file else {}
    if (same := _same_as_latest(mission_enrollment, assignment, link, kept)) is not None:
        return HandedIn(same, is_new=False)
    name = store_upload(file, FOLDER) if file else ""
    try:
        handed_in = _keep(actor, mission_enrollment, assignment, now, link, name, kept)
    except BaseException:
        if name:
            forget_upload(name)
        raise
    if name and not handed_in.is_new:
        forget_upload(name)
    return handed_in


def _keep(
    actor: User,
    student: MissionEnrollment,
    assignment: Assignment,
    now: datetime,
    link: str,
    name: str,
    kept: dict[str, object],
) -> HandedIn:
    # One version of a student after the other: two tabs wait for each other here.
    MissionEnrollment.objects.select_for_update(no_key=True).only("pk").get(pk=student.pk)
    if (same := _same_as_latest(student, assignment, link, kept)) is not None:
        return HandedIn(same, is_new=False)
    evidence = Evidence.objects.create(
        mission_enrollment=student, assignment=assignment, handed_in_at=now, link=link, file=name, **kept
    )
    claimed = {"submitted_at": now, "recorded_by": actor, "recorded_at": now}
    # Locked, as staff may take the record back at this moment: then this becomes the first again.
    submission, is_first = Submission.objects.select_for_update().get_or_create(
        mission_enrollment=student, assignment=assignment, defaults={"state": SubmissionState.CLAIMED, **claimed}
    )
    if not is_first:
        Submission.objects.filter(pk=submission.pk, state=SubmissionState.CLAIMED).update(**claimed)
    record(
        actor=actor,
        verb=gettext_noop("handed in"),
        subject=assignment,
        data={"mission_enrollment": student.pk, "evidence": evidence.pk, "file": str(kept.get("file_name", ""))},
    )
    return HandedIn(evidence, is_new=True)


@transaction.atomic
def verify_submission(*, actor: User, submission: Submission) -> bool:
    """Says that what the student claimed is so. False when it was verified already."""
    is_new = bool(
        Submission.objects.filter(pk=submission.pk, state=SubmissionState.CLAIMED).update(
            state=SubmissionState.VERIFIED, recorded_by=actor, recorded_at=clock.now()
        )
    )
    if is_new:
        record(
            actor=actor,
            verb=gettext_noop("verified a submission for"),
            subject=submission.assignment,
            data={"mission_enrollment": submission.mission_enrollment_id},
        )
        request_recalculation([submission.mission_enrollment_id])
    return is_new


def forget_orphaned_files() -> int:
    """Deletes stored files that no evidence knows. Returns how many."""
    return forget_orphans(FOLDER, set(Evidence.objects.exclude(file="").values_list("file", flat=True)))


def _refuse_closed(student: MissionEnrollment, assignment: Assignment, now: datetime) -> None:
    mission = student.mission
    if mission.batch.status == BatchStatus.ARCHIVED or student.left_on:
        raise Refused(_("This mission takes no work any more."))
    if student.access != Access.FULL:
        raise Refused(_("Your access to this mission is limited. Ask your SRE about it."))
    if assignment.way == Way.LIST:
        raise Refused(_("This work is handed in in the main learning system, not here."))
    if now < assignment.opens_at:
        raise Refused(_("You can hand this in from %(time)s.") % {"time": _shown(assignment.opens_at)})
    end_at = standing_of(student, assignment).end_at
    if end_at is not None and now > end_at:
        raise Refused(
            _("This was taken until %(time)s. Ask your mentor or SRE for more time.") % {"time": _shown(end_at)}
        )


def _shown(moment: object) -> str:
    return date_format(timezone.localtime(moment), "D j M, H:i")


def _checked(file: File) -> dict[str, object]:
    kind = check_upload(file, FILE_KINDS, settings.UPLOAD_MOST_BYTES)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return {
        "file_name": clean_name(file.name or "", kind),
        "file_kind": kind,
        "file_bytes": file.size,
        "digest": digest.hexdigest(),
    }


def _same_as_latest(
    student: MissionEnrollment, assignment: Assignment, link: str, kept: dict[str, object]
) -> Evidence | None:
    latest = evidence_of(student, assignment).first()
    if latest and (latest.link, latest.digest) == (link, kept.get("digest", "")):
        return latest
    return None
