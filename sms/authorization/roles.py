"""The six built-in roles and what each may do: the role table of domain.md, as data.

A role is a Django group. `actions.sync_roles` writes these sets after every migration, except for
a role that an admin has edited, which stays as it was edited.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADMIN, DEVELOPER, MANAGER, SRE, MENTOR, STUDENT = "admin", "developer", "manager", "sre", "mentor", "student"


@dataclass(frozen=True)
class BuiltInRole:
    key: str
    title: Promise | str
    permissions: frozenset[str]


STUDENT_PERMISSIONS = frozenset(
    {
        "attendance.submit_own_record",
        "points.view_own_ledger",
        "assignments.view_own_assignments",
        "assignments.hand_in",
    }
)

MENTOR_PERMISSIONS = frozenset(
    {
        "mentoring.view_own_students",
        "attendance.correct_own_students",
        "attendance.host_meetings",
        "attendance.review_taps",
        "assignments.verify_submissions",
        "assignments.grant_extensions",
        "assignments.grade_own_students",
        "points.give_manual",
    }
)

# What a person does with what is theirs: to give it puts nobody above anybody (queries.roles_givable_by).
OVER_ONES_OWN = STUDENT_PERMISSIONS | MENTOR_PERMISSIONS

STAFF_READING = frozenset(
    {
        "programme.view_programme",
        "programme.view_all_students",
        "assignments.view_all_assignments",
    }
)

SRE_PERMISSIONS = STAFF_READING | {
    "accounts.approve_students",
    "accounts.reveal_contacts",
    "accounts.edit_students",
    "accounts.invite_people",
    "programme.manage_enrollments",
    "attendance.correct_record",
    "points.give_manual",
    "attendance.host_meetings",
    "attendance.manage_meetings",
    "attendance.review_taps",
    "attendance.decide_excuses",
    "attendance.mark_many",
    "mentoring.assign_mentors",
    "assignments.manage_assignments",
    "assignments.record_submissions",
    "assignments.grade_all",
    "assignments.release_grades",
    "assignments.verify_submissions",
    "assignments.grant_extensions",
    "risk.view_low_performers",
    "outreach.make_calls",
    "outreach.view_call_log",
    "data_exchange.import_data",
    "data_exchange.export_data",
}

MANAGER_PERMISSIONS = STAFF_READING | {
    "accounts.approve_students",
    "accounts.invite_people",
    "programme.manage_programme",
    "programme.manage_enrollments",
    "mentoring.assign_mentors",
    "attendance.host_meetings",
    "attendance.manage_meetings",
    "attendance.manage_policy",
    "attendance.review_taps",
    "attendance.correct_locked",
    "attendance.decide_excuses",
    "attendance.mark_many",
    "points.manage_rules",
    "points.give_manual",
    "points.view_drift",
    "assignments.manage_assignments",
    "assignments.grade_all",
    "assignments.release_grades",
    "assignments.verify_submissions",
    "assignments.grant_extensions",
    "risk.view_low_performers",
    "data_exchange.import_data",
    "data_exchange.export_data",
}

DEVELOPER_PERMISSIONS = frozenset({"developer.view_health", "developer.view_components", "points.view_drift"})

ADMIN_PERMISSIONS = (
    SRE_PERMISSIONS
    | MANAGER_PERMISSIONS
    | DEVELOPER_PERMISSIONS
    | {
        "accounts.view_users",
        "accounts.manage_users",
        "authorization.manage_roles",
        "audit.view_events",
        "outreach.correct_calls",
        "data_exchange.view_all_imports",
    }
)

BUILT_IN = (
    BuiltInRole(ADMIN, _("Admin"), ADMIN_PERMISSIONS),
    BuiltInRole(DEVELOPER, _("Developer"), DEVELOPER_PERMISSIONS),
    BuiltInRole(MANAGER, _("Manager"), MANAGER_PERMISSIONS),
    BuiltInRole(SRE, _("SRE"), SRE_PERMISSIONS),
    BuiltInRole(MENTOR, _("Mentor"), MENTOR_PERMISSIONS),
    BuiltInRole(STUDENT, _("Student"), STUDENT_PERMISSIONS),
)
