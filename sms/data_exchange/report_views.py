"""The report of a meeting by Zoom or Google Meet in the browser: from its file to an import like any other."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from sms.attendance import queries as attendance
from sms.attendance.choices import MeetingState
from sms.attendance.models import Meeting
from sms.core.access import requires
from sms.core.htmx import INVALID
from sms.core.problems import Refused
from sms.data_exchange import actions, files
from sms.data_exchange.forms import ReportForm
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.meeting_matching import match
from sms.data_exchange.meeting_reports import read_report
from sms.data_exchange.models import ImportRun
from sms.data_exchange.reading import FileRefused, SourceRow, open_source

KIND = "meeting-records"


@requires("data_exchange.import_data")
def meeting_report(request: HttpRequest, meeting: int) -> HttpResponseBase:
    """Reads a report. Whom only a name tells is asked about first; then it is an import like any other."""
    if not KINDS[KIND].may_import(request.user):
        raise PermissionDenied
    subject = get_object_or_404(
        attendance.meetings_hosted_by(request.user).exclude(state=MeetingState.CANCELLED), pk=meeting
    )
    form = ReportForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    context = {"form": form, "meeting": subject}
    if request.method == "POST" and form.is_valid():
        try:
            rows = _rows_of(form)
            matched = match(read_report(rows, starts_at=subject.starts_at, zone=subject.zone), subject)
            if form.cleaned_data["answered"] or not matched.needs_answers:
                found = list(matched.rows(form.confirmed, is_complete=form.cleaned_data["is_complete"]))
                return redirect(_planned(request, subject, found))
            context |= {"matched": matched, "answers": ReportForm(initial=_again(form, rows))}
        except FileRefused as refusal:
            form.add_error(None, str(refusal.sentence))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
    return render(request, "data_exchange/meeting_report.html", context, status=INVALID if form.errors else 200)


def _rows_of(form: ReportForm) -> list[SourceRow]:
    source = form.source
    files.check_size(source["content"])
    return list(open_source(source["content"], source["name"], limits=files.limits()).rows())


def _again(form: ReportForm, rows: Sequence[SourceRow]) -> dict[str, object]:
    """The report as text, so that it need not be chosen a second time."""
    text = StringIO()
    csv.writer(text).writerows(row.cells for row in rows)
    return {"text": text.getvalue(), "is_complete": form.cleaned_data["is_complete"], "answered": True}


def _planned(request: HttpRequest, meeting: Meeting, rows: Sequence[dict[str, Any]]) -> ImportRun:
    if not rows:
        raise Refused(_("The report names nobody who takes part in this mission. Look whether it is the right one."))
    title = _("Report of %(meeting)s") % {"meeting": meeting}
    return actions.start_from_rows(actor=request.user, kind=KIND, title=title, rows=rows)
