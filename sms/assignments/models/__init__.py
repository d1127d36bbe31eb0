"""Assignments, and what was handed in for them."""

from sms.assignments.models.grading import Grade, GradePart, GradeRelease, RubricCriterion
from sms.assignments.models.handing_in import Submission
from sms.assignments.models.work import Assignment

__all__ = [
    "Assignment",
    "Grade",
    "GradePart",
    "GradeRelease",
    "RubricCriterion",
    "Submission",
]
