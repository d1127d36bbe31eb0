"""Assignments, and what was handed in for them."""

from sms.assignments.models.evidence import Evidence
from sms.assignments.models.extensions import Extension
from sms.assignments.models.grading import Grade, GradePart, GradeRelease, RubricCriterion
from sms.assignments.models.handing_in import Submission
from sms.assignments.models.lists import SubmissionList, SubmissionListLine
from sms.assignments.models.work import Assignment, Instructions

__all__ = [
    "Assignment",
    "Evidence",
    "Extension",
    "Grade",
    "GradePart",
    "GradeRelease",
    "Instructions",
    "RubricCriterion",
    "Submission",
    "SubmissionList",
    "SubmissionListLine",
]
