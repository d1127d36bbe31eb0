"""Writing the programme: building it, enrolling students in it, and taking them out again."""

from sms.programme.actions.access import change_access
from sms.programme.actions.building import (
    create_batch,
    create_mission,
    create_missions,
    edit_batch,
    edit_mission,
    edit_missions,
    move_batch,
    move_mission,
    place_mission,
    set_guidelines,
)
from sms.programme.actions.duplicating import duplicate_batch
from sms.programme.actions.enrolling import enroll, enroll_into, join_mission
from sms.programme.actions.leaving import leave_batch, leave_missions, reopen_batch, reopen_missions
from sms.programme.actions.removing import remove_enrollments, remove_mission_enrollments, remove_missions
from sms.programme.actions.templates import create_template, delete_template, edit_template

__all__ = [
    "change_access",
    "create_batch",
    "create_mission",
    "create_missions",
    "create_template",
    "delete_template",
    "duplicate_batch",
    "edit_batch",
    "edit_mission",
    "edit_missions",
    "edit_template",
    "enroll",
    "enroll_into",
    "join_mission",
    "leave_batch",
    "leave_missions",
    "move_batch",
    "move_mission",
    "place_mission",
    "remove_enrollments",
    "remove_mission_enrollments",
    "remove_missions",
    "reopen_batch",
    "reopen_missions",
    "set_guidelines",
]
