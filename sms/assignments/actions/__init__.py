"""Writing assignments: setting work, recording what was handed in, and grading it."""

from sms.assignments.actions.extensions import grant_extensions, revoke_extensions
from sms.assignments.actions.grading import GradedMeanwhile, grade_submission
from sms.assignments.actions.handing_in import forget_orphaned_files, hand_in, verify_submission
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
from sms.assignments.actions.releasing import hold_grades, release_grades
from sms.assignments.actions.rubrics import Criterion, copy_grading, set_rubric
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
    "MOST_ENTRIES",
    "ChangedMeanwhile",
    "Criterion",
    "GradedMeanwhile",
    "apply_list",
    "change_submissions",
    "choose_proposals",
    "copy_assignments",
    "copy_grading",
    "create_assignment",
    "create_assignments",
    "discard_list",
    "edit_assignment",
    "edit_assignments",
    "forget_orphaned_files",
    "grade_submission",
    "grant_extensions",
    "hand_in",
    "hold_grades",
    "record_submissions",
    "release_grades",
    "remove_assignments",
    "remove_submissions",
    "reveal_missing",
    "revoke_extensions",
    "set_complete",
    "set_instructions",
    "set_rubric",
    "start_list",
    "undo_list",
    "verify_submission",
]
