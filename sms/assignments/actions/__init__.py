"""Writing assignments: setting work, and recording what was handed in."""

from sms.assignments.actions.recording import change_submissions, record_submissions, remove_submissions
from sms.assignments.actions.setting import (
    copy_assignments,
    create_assignment,
    create_assignments,
    edit_assignment,
    edit_assignments,
    remove_assignments,
)

__all__ = [
    "change_submissions",
    "copy_assignments",
    "create_assignment",
    "create_assignments",
    "edit_assignment",
    "edit_assignments",
    "record_submissions",
    "remove_assignments",
    "remove_submissions",
]
