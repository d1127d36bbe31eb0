"""What each role finds in its navigation: only what the role may do, in the order of its day.

The person's permissions decide besides: an entry whose permission was taken from the role is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.assignments.queries import waiting_for
from sms.authorization import roles
from sms.authorization.models import Role
from sms.authorization.queries import active_role, roles_of, waiting_students
from sms.outreach.queries import open_follow_ups, takeable

TABS = 4

Count = Callable[[User], int]


@dataclass(frozen=True)
class Entry:
    label: Promise | str
    icon: str
    url_name: str
    permission: str
    count: Count | None = None


HOMES = {
    roles.STUDENT: Entry(_("Today"), "house", "dashboards:student-home", "attendance.submit_own_record"),
    roles.MENTOR: Entry(_("My students"), "users", "dashboards:mentor-home", "mentoring.view_own_students"),
    roles.SRE: Entry(_("Overview"), "house", "dashboards:sre-home", "outreach.make_calls"),
    roles.MANAGER: Entry(_("Overview"), "house", "dashboards:manager-home", "programme.manage_programme"),
    roles.ADMIN: Entry(_("Overview"), "house", "dashboards:admin-home", "accounts.manage_users"),
    roles.DEVELOPER: Entry(_("Health"), "activity", "developer:health", "developer.view_health"),
}

ASSIGNMENTS = Entry(_("Assignments"), "clipboard-list", "assignments:assignments", "assignments.view_all_assignments")
TO_GRADE = Entry(_("Grading"), "clipboard-check", "assignments:queue", "assignments.grade_own_students", waiting_for)
# Without their number: staff may grade everyone's, and counting those costs more than the figure is worth.
TO_GRADE_ALL = Entry(_("Grading"), "clipboard-check", "assignments:queue", "assignments.grade_all")
SUBMISSION_LISTS = Entry(
    _("Submission lists"), "clipboard-paste", "assignments:lists", "assignments.record_submissions"
)
MEETINGS = Entry(_("Meetings"), "presentation", "attendance:meetings", "attendance.host_meetings")
STUDENTS = Entry(_("Students"), "graduation-cap", "dashboards:students", "programme.view_all_students")
MENTORS = Entry(_("Mentors"), "users", "mentoring:mentors", "mentoring.assign_mentors")
ATTENDANCE = Entry(_("Attendance"), "calendar-check", "attendance:overview", "programme.view_all_students")
BATCHES = Entry(_("Batches"), "layers", "programme:batches", "programme.view_programme")
MISSIONS = Entry(_("Missions"), "target", "programme:missions", "programme.view_programme")
FALLING_BEHIND = Entry(_("Falling behind"), "flag", "risk:low-performers", "risk.view_low_performers")
EXCUSES = Entry(_("Excuses"), "calendar-off", "attendance:excuses", "attendance.decide_excuses")
CALLS = Entry(_("Calls"), "phone", "outreach:calls", "outreach.make_calls", lambda _user: takeable().count())
FOLLOW_UPS = Entry(
    _("Follow-ups"), "clock", "outreach:follow-ups", "outreach.make_calls", lambda user: open_follow_ups(user).count()
)
CALL_LOG = Entry(_("Call log"), "list", "outreach:log", "outreach.view_call_log")
APPROVALS = Entry(
    _("Approvals"),
    "user-check",
    "authorization:approvals",
    "accounts.approve_students",
    lambda _user: waiting_students().count(),
)
KEPT_TAPS = Entry(_("Kept taps"), "wifi-off", "attendance:review-taps", "attendance.review_taps")
IMPORTS = Entry(_("Imports"), "upload", "data_exchange:runs", "data_exchange.import_data")
EXPORTS = Entry(_("Exports"), "download", "data_exchange:exports", "data_exchange.export_data")
INVITATIONS = Entry(_("Invitations"), "mail-plus", "authorization:invitations", "accounts.invite_people")
PEOPLE = Entry(_("People"), "contact", "authorization:users", "accounts.view_users")
ROLES = Entry(_("Roles"), "shield", "authorization:roles", "authorization.manage_roles")
AUDIT = Entry(_("Audit"), "history", "audit:events", "audit.view_events")
SIGN_INS = Entry(_("Sign-ins"), "key-round", "audit:sign-ins", "audit.view_events")
HEALTH = Entry(_("Health"), "activity", "developer:health", "developer.view_health")
ERRORS = Entry(_("Errors"), "bug", "developer:errors", "developer.view_health")
JOBS = Entry(_("Jobs"), "list-checks", "developer:jobs", "developer.view_health")
POINTS_CHECK = Entry(_("Points check"), "scale", "points:drift", "points.view_drift")
COMPONENTS = Entry(_("Components"), "component", "developer:components", "developer.view_components")

BY_ROLE = {
    roles.STUDENT: [
        Entry(_("Attendance"), "calendar-check", "attendance:own-history", "attendance.submit_own_record"),
        Entry(_("Assignments"), "clipboard-list", "assignments:assignments", "assignments.view_own_assignments"),
        Entry(_("Meetings"), "presentation", "attendance:meetings", "attendance.submit_own_record"),
    ],
    roles.MENTOR: [
        Entry(_("Attendance"), "calendar-check", "attendance:grid", "mentoring.view_own_students"),
        TO_GRADE,
        MEETINGS,
        KEPT_TAPS,
    ],
    roles.SRE: [
        CALLS,
        FALLING_BEHIND,
        FOLLOW_UPS,
        CALL_LOG,
        SUBMISSION_LISTS,
        STUDENTS,
        MENTORS,
        ATTENDANCE,
        EXCUSES,
        KEPT_TAPS,
        MEETINGS,
        ASSIGNMENTS,
        TO_GRADE_ALL,
        APPROVALS,
        INVITATIONS,
        BATCHES,
        MISSIONS,
        IMPORTS,
        EXPORTS,
    ],
    roles.MANAGER: [
        BATCHES,
        MISSIONS,
        STUDENTS,
        MENTORS,
        FALLING_BEHIND,
        ATTENDANCE,
        EXCUSES,
        KEPT_TAPS,
        MEETINGS,
        ASSIGNMENTS,
        TO_GRADE_ALL,
        APPROVALS,
        INVITATIONS,
        IMPORTS,
        EXPORTS,
        POINTS_CHECK,
    ],
    roles.ADMIN: [
        PEOPLE,
        APPROVALS,
        INVITATIONS,
        ROLES,
        AUDIT,
        SIGN_INS,
        BATCHES,
        MISSIONS,
        STUDENTS,
        MENTORS,
        FALLING_BEHIND,
        CALLS,
        CALL_LOG,
        ATTENDANCE,
        EXCUSES,
        KEPT_TAPS,
        MEETINGS,
        ASSIGNMENTS,
        SUBMISSION_LISTS,
        TO_GRADE_ALL,
        IMPORTS,
        EXPORTS,
        HEALTH,
        POINTS_CHECK,
    ],
    roles.DEVELOPER: [ERRORS, JOBS, POINTS_CHECK, COMPONENTS],
}

# A role that an admin made finds everything that its permissions open.
OF_A_CUSTOM_ROLE = list(dict.fromkeys(entry for entries in BY_ROLE.values() for entry in entries))


@dataclass(frozen=True)
class Item:
    label: str
    icon: str
    url: str
    current: bool
    count: int | None


class Navigation:
    """Worked out only when a template asks: fragments do not pay for it."""

    switch_url_name = "authorization:switch-role"
    profile_url_name = "accounts:profile"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = request.user

    @cached_property
    def roles(self) -> list[Role]:
        return roles_of(self.user)

    @cached_property
    def role(self) -> Role | None:
        return active_role(self.user, self.roles)

    @cached_property
    def items(self) -> list[Item]:
        entries = {reverse(entry.url_name): entry for entry in entries_of(self.user, self.role)}
        # A page below an entry belongs to it: the card of a call to “Calls”, but the log of calls to “Call log”.
        here = max((url for url in entries if self.request.path.startswith(url)), key=len, default="")
        return [self._item(entry, url, is_current=url == here) for url, entry in entries.items()]

    @property
    def tab_items(self) -> list[Item]:
        return self.items[:TABS]

    @property
    def switch_url(self) -> str:
        return reverse(self.switch_url_name)

    @property
    def profile_url(self) -> str:
        return reverse(self.profile_url_name)

    def _item(self, entry: Entry, url: str, *, is_current: bool) -> Item:
        return Item(
            label=str(entry.label),
            icon=entry.icon,
            url=url,
            current=is_current,
            count=entry.count(self.user) if entry.count else None,
        )


def entries_of(user: User, role: Role | None) -> list[Entry]:
    """The entries of a role that the person's permissions allow, its home first."""
    if role is None:
        return []
    home = [HOMES[role.key]] if role.key in HOMES else []
    entries = home + BY_ROLE.get(role.key, OF_A_CUSTOM_ROLE)
    return [entry for entry in entries if user.has_perm(entry.permission)]


def navigation(request: HttpRequest) -> dict[str, Navigation | None]:
    """The context processor. Pages that render without a person, such as error pages, get None."""
    user = getattr(request, "user", None)
    return {"navigation": Navigation(request) if user and user.is_authenticated else None}
