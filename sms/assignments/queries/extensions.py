"""Who has more time for what."""

import re

from django.db.models import Q, QuerySet

from sms.accounts.models import User
from sms.assignments.models import Assignment, Extension
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment

WORDS = re.compile(r"[\s,;<>]+")


def extensions_of(student: MissionEnrollment, assignment: Assignment) -> QuerySet[Extension]:
    """All of one student, the latest first; those that were replaced or taken back included."""
    return Extension.objects.filter(mission_enrollment=student, assignment=assignment).select_related(
        "granted_by", "revoked_by"
    )


def extensions_visible_to(user: User) -> QuerySet[Extension]:
    """Those that hold, of the students whom the person may see."""
    return Extension.objects.filter(
        revoked_at=None, mission_enrollment__in=programme.visible_to(user).order_by().values("pk")
    ).select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission", "granted_by")


def may_be_extended(user: User, assignment: Assignment) -> QuerySet[MissionEnrollment]:
    """The students of the mission to whom the person may give more time: who is there now and theirs to see."""
    return programme.visible_to(user).filter(programme.here_now(), mission=assignment.mission_id)


def named_in(students: QuerySet[MissionEnrollment], text: str) -> tuple[list[MissionEnrollment], list[str]]:
    """The students whose number or whole address stands in the text, and the words that are neither."""
    words = [word.lower() for word in WORDS.split(text) if word]
    found = list(
        students.select_related("enrollment__student__student_profile").filter(
            Q(enrollment__student__email__in=words)
            | Q(enrollment__student__student_profile__student_id__in=[*words, *(word.upper() for word in words)])
        )
    )
    known = {each.student.email.lower() for each in found}
    known |= {(each.student.student_profile.student_id or "").lower() for each in found}
    return found, [word for word in dict.fromkeys(words) if word not in known]
