"""Input of assignments. Times are entered and shown in the timezone of the batch."""

from sms.assignments.forms.lists import PasteForm
from sms.assignments.forms.work import AssignmentForm, ExtensionForm, HandInForm

__all__ = ["AssignmentForm", "ExtensionForm", "HandInForm", "PasteForm"]
