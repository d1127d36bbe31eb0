"""Writing assignments: setting work, and recording what was handed in."""

from sms.assignments.actions.extensions import grant_extensions, revoke_extensions
from sms.assignments.actions.handing_in import forget_orphaned_files, hand_in, verify_submission
from sms.assignments.actions.recording import change_submissions, record_submissions, remove_submissions
from sms.assignments.actions.setting import (
    copy_assignments,
    create_assignment,
    create_assignments,
    edit_assignment,
    edit_assignments,
    remove_assignments,
    set_instructions,
)

__all__ = [
    "change_submissions",
    "copy_assignments",
    "create_assignment",
    "create_assignments",
    "edit_assignment",
    "edit_assignments",
    "forget_orphaned_files",
    "grant_extensions",
    "hand_in",
    "record_submissions",
    "remove_assignments",
    "remove_submissions",
    "revoke_extensions",
    "set_instructions",
    "verify_submission",
]
