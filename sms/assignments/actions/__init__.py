"""Writing assignments: setting work, and recording what was handed in."""

from sms.assignments.actions.lists import (
    MOST_ENTRIES,
    ChangedMeanwhile,
    apply_list,
    choose_proposals,
    discard_list,
    reveal_missing,
    set_complete,
    start_list,
    undo_list,
)
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
    "MOST_ENTRIES",
    "ChangedMeanwhile",
    "apply_list",
    "change_submissions",
    "choose_proposals",
    "copy_assignments",
    "create_assignment",
    "create_assignments",
    "discard_list",
    "edit_assignment",
    "edit_assignments",
    "record_submissions",
    "remove_assignments",
    "remove_submissions",
    "reveal_missing",
    "set_complete",
    "start_list",
    "undo_list",
]
