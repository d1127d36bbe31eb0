"""Giving and taking roles; inviting people and approving students; creating, editing, removing and deactivating people.

People are managed here and not in accounts, because a person without a role can do nothing: the
two are one act for the admin. What a person gives never lies above what they may do themself
(queries.roles_givable_by); an act of the system (`actor=None`) knows no such bound.
"""

from sms.authorization.actions.invitations import (
    NO_LONGER,
    Invited,
    accept_invitation,
    invite_people,
    resend_invitation,
    revoke_invitation,
)
from sms.authorization.actions.people import (
    NewPerson,
    create_people,
    create_person,
    deactivate_person,
    edit_people,
    edit_person,
    reactivate_person,
    remove_people,
)
from sms.authorization.actions.roles import (
    create_role,
    edit_role,
    set_roles,
    set_roles_of,
    switch_role,
    sync_roles,
)
from sms.authorization.actions.students import (
    approve_student,
    approve_students,
    decline_student,
    decline_students,
    edit_student,
)

__all__ = [
    "NO_LONGER",
    "Invited",
    "NewPerson",
    "accept_invitation",
    "approve_student",
    "approve_students",
    "create_people",
    "create_person",
    "create_role",
    "deactivate_person",
    "decline_student",
    "decline_students",
    "edit_people",
    "edit_person",
    "edit_role",
    "edit_student",
    "invite_people",
    "reactivate_person",
    "remove_people",
    "resend_invitation",
    "revoke_invitation",
    "set_roles",
    "set_roles_of",
    "switch_role",
    "sync_roles",
]
