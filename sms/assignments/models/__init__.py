"""Assignments, and what was handed in for them."""

from sms.assignments.models.handing_in import Submission
from sms.assignments.models.lists import SubmissionList, SubmissionListLine
from sms.assignments.models.work import Assignment

__all__ = [
    "Assignment",
    "Submission",
    "SubmissionList",
    "SubmissionListLine",
]
