"""Writing assignments: setting work, recording what was handed in, and grading it."""

from sms.assignments.actions.grading import GradedMeanwhile, grade_submission
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
)

__all__ = [
    "Criterion",
    "GradedMeanwhile",
    "change_submissions",
    "copy_assignments",
    "copy_grading",
    "create_assignment",
    "create_assignments",
    "edit_assignment",
    "edit_assignments",
    "grade_submission",
    "hold_grades",
    "record_submissions",
    "release_grades",
    "remove_assignments",
    "remove_submissions",
    "set_rubric",
]
