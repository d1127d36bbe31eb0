"""The home page of each role, and the pages that put several apps together: a student, a mission."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.accounts.models import User
from sms.assignments import queries as assignments
from sms.assignments.models import Assignment
from sms.attendance.queries import add_strips, last_meetings, meetings_now, own_taps, policy_of, strips, summary_of
from sms.audit import queries as audit
from sms.authorization import queries as authorization
from sms.core import clock
from sms.core.access import for_everyone_signed_in, requires
from sms.core.export import export_response
from sms.core.htmx import INVALID, refused
from sms.core.list_page import Action, BulkAction, BulkActions, Empty, chosen_rows, list_page
from sms.core.problems import Refused
from sms.dashboards import queries
from sms.dashboards.bulk_forms import BULK_FORMS, EXPORT
from sms.dashboards.filters import MentorsStudentFilter, StudentFilter
from sms.dashboards.navigation import entries_of
from sms.dashboards.tables import MentorsStudentTable, StudentTable
from sms.data_exchange.actions import start_from_rows
from sms.data_exchange.queries import importable_by
from sms.mentoring.queries import with_mentors
from sms.outreach import queries as outreach
from sms.points import queries as points
from sms.points.sources import ruled_kinds
from sms.programme import queries as programme
from sms.programme.models import Mission, MissionEnrollment
from sms.risk import queries as risk
from sms.risk.choices import TONE, RiskLabel

NAMED = 8
STUDENT = "enrollment__student__"


@require_safe
@for_everyone_signed_in("It only leads to the home page of the person's role.")
def home(request: HttpRequest) -> HttpResponse:
    """The home of the active role; who holds no role yet waits."""
    role = authorization.active_role(request.user, authorization.roles_of(request.user))
    entries = entries_of(request.user, role)
    return redirect(entries[0].url_name if entries else "accounts:waiting")


@require_safe
@requires("attendance.submit_own_record")
def student_home(request: HttpRequest) -> HttpResponse:
    cards = queries.mission_cards(request.user)
    context = {
        "cards": cards,
        "kept_taps": own_taps(request.user),
        "deadlines": queries.deadlines(cards),
        "meetings": meetings_now(card.student for card in cards),
        "local_time": clock.now().astimezone(request.user.zone),
        "mentors": [
            (assignment.mentor, card.student) for card in cards for assignment in card.student.open_mentor_assignments
        ],
        "voluntary": queries.voluntary_days(request.user),
        "others": programme.own(request.user).filter(programme.daily()).exclude(mission__status="active"),
    }
    return render(request, "dashboards/student.html", context)


@require_safe
@requires("mentoring.view_own_students")
def mentor_home(request: HttpRequest) -> HttpResponseBase:
    """The mentor's students in each mission, and nobody else's."""
    own = programme.assigned_to(request.user).filter(programme.here_now())
    return list_page(
        request,
        title=_("My students"),
        queryset=risk.with_facts(points.with_points(queries.running_first(own))),
        table_class=MentorsStudentTable,
        filterset_class=MentorsStudentFilter,
        search_fields=programme.student_search(request.user, STUDENT),
        empty=Empty(
            _("No students yet"), _("They appear here as soon as a manager or SRE assigns them to you."), icon="users"
        ),
        export_name="my-students",
        actions=[Action(_("Attendance by day"), reverse("attendance:grid"), icon="calendar-check")],
        enrich=add_strips,
        template="dashboards/mentor.html",
        context={"tabs": _mission_tabs(request, queries.mission_counts(own.filter(programme.daily())))},
    )


@require_safe
@requires("outreach.make_calls")
def sre_home(request: HttpRequest) -> HttpResponse:
    context = {
        "takeable": outreach.takeable().count(),
        "held": outreach.held_by(request.user),
        "labels": _label_rows(queries.label_counts(request.user)),
        "follow_ups": outreach.open_follow_ups(request.user)[:5],
        "follow_up_count": outreach.open_follow_ups(request.user).count(),
        "last_calls": outreach.calls_visible_to(request.user).filter(caller=request.user).order_by("-started_at")[:5],
        "waiting": authorization.waiting_students().count(),
        "to_paste": assignments.lists_to_paste() if assignments.may_list(request.user) else [],
    }
    return render(request, "dashboards/sre.html", context)


@require_safe
@requires("programme.manage_programme")
def manager_home(request: HttpRequest) -> HttpResponse:
    context = {
        "numbers": queries.manager_numbers(),
        "labels": _label_rows(queries.label_counts(request.user)),
        "mentorless_url": f"{reverse('dashboards:students')}?mentorless=true",
    }
    return render(request, "dashboards/manager.html", context)


@require_safe
@requires("accounts.manage_users")
def admin_home(request: HttpRequest) -> HttpResponse:
    context = {
        "roles": authorization.roles().order_by("pk"),
        "waiting": authorization.waiting_students().count(),
        "sign_ins": audit.sign_ins()[:6],
        "events": audit.events().exclude(verb__in=audit.SIGN_IN_VERBS)[:8],
    }
    return render(request, "dashboards/admin.html", context)


@require_safe
@requires("programme.view_all_students")
def students(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Students"),
        actions=[Action(_("Student records"), reverse("dashboards:student-records"), icon="contact")],
        queryset=queries.students_list(request.user),
        table_class=StudentTable,
        filterset_class=StudentFilter,
        search_fields=programme.student_search(request.user, STUDENT),
        empty=Empty(
            _("No students yet"),
            _("They appear here once they are enrolled in a batch and its missions."),
            icon="graduation-cap",
        ),
        export_name="students",
        enrich=add_strips,
        bulk=BulkActions(reverse("dashboards:students-bulk"), _bulk_actions(request.user)),
    )


@requires("programme.view_all_students")
def students_bulk(request: HttpRequest) -> HttpResponseBase:
    """What is done with students chosen from the list. The address says who: `_do`, and `_rows` or `_scope` with the
    filters; on POST they are looked up anew, among those whom the person may see now.
    """
    chosen = chosen_rows(
        request,
        queryset=queries.students_list(request.user),
        filterset_class=StudentFilter,
        search_fields=programme.student_search(request.user, STUDENT),
    )
    wanted, count = request.GET.get("_do"), chosen.count()
    if wanted in BULK_FORMS and wanted not in [action.key for action in _bulk_actions(request.user)]:
        raise PermissionDenied
    if not count or wanted not in [*BULK_FORMS, EXPORT]:
        return refused(request, _("Choose at least one student from the list."), reverse("dashboards:students"))
    if wanted == EXPORT:
        return export_response(StudentTable(chosen), name="students", file_format="csv", enrich=add_strips)
    form = BULK_FORMS[wanted](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            planned = start_from_rows(actor=request.user, kind=form.kind, title=form.title(), rows=form.rows(chosen))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect(planned)
    some = chosen.order_by("enrollment__student__name", "pk")[:NAMED]
    context = {"form": form, "count": count, "some": some, "more": max(count - NAMED, 0)}
    return render(request, "dashboards/students_bulk.html", context, status=INVALID if form.errors else 200)


@require_safe
@requires("programme.view_all_students", "mentoring.view_own_students")
def student(request: HttpRequest, pk: int) -> HttpResponse:
    """One student in one mission: standing, attendance, points, mentors, and what happened."""
    subject = get_object_or_404(risk.with_facts(with_mentors(programme.visible_to(request.user))), pk=pk)
    siblings = programme.visible_to(request.user).filter(enrollment=subject.enrollment_id)
    siblings = siblings.order_by("mission__order", "joined_on")
    context = {
        "student": subject,
        "tabs": [
            {"label": queries.spell_title(s), "url": s.get_absolute_url(), "current": s.pk == subject.pk}
            for s in siblings
        ],
        "reasons": risk.reasons(subject),
        "strip": strips([subject])[subject.pk],
        "summary": summary_of(subject),
        "meetings": last_meetings(subject)[:6],
        "work": assignments.work_of(subject),
        "is_pending": points.is_pending(subject),  # before the points: what is committed in between is said to come
        "points": points.points_of(subject),
        "gained": points.gained_in_a_week(subject),
        "may_reveal": request.user.has_perm("accounts.reveal_contacts")
        or any(assignment.mentor_id == request.user.pk for assignment in subject.open_mentor_assignments),
        "calls": outreach.last_calls_with(subject.student)[:5]
        if request.user.has_perm("outreach.view_call_log")
        else None,
        **(_enrollment(subject) if request.user.has_perm("programme.view_all_students") else {}),
        "events": audit.about(subject)[:8] if request.user.has_perm("programme.view_all_students") else None,
    }
    return render(request, "dashboards/student_page.html", context)


@require_safe
@requires("programme.view_programme")
def mission(request: HttpRequest, pk: int) -> HttpResponse:
    """One mission: its numbers today, its window, its rules and its work."""
    subject = get_object_or_404(programme.missions().select_related("attendance_policy", "guidelines"), pk=pk)
    rules = points.rules_of(subject)
    work = list(assignments.with_submission_counts(Assignment.objects.filter(mission=subject).order_by("due_at")))
    context = {
        "mission": subject,
        "students_url": f"{reverse('dashboards:students')}?mission={subject.pk}",
        "moves": programme.next_statuses(subject),
        "policy": policy_of(subject),
        "today": queries.attendance_today(subject),
        "rules": [(kind.title, kind.worded(rules[key])) for key, kind in ruled_kinds().items()],
        "assignments": work,
        "figures": queries.mission_figures(subject, work),
        "meeting_series": subject.meeting_series.select_related("host"),
    }
    return render(request, "dashboards/mission.html", context)


def _bulk_actions(user: User) -> list[BulkAction]:
    """What the person may do with several students at once."""
    may = [
        BulkAction(key, str(form.label), form.icon)
        for key, form in BULK_FORMS.items()
        if user.has_perm(form.permission) and form.kind in importable_by(user)
    ]
    return [*may, BulkAction(EXPORT, _("Export"), "download")]


def _enrollment(student: MissionEnrollment) -> dict[str, object]:
    """What staff see and change of the student's part in the mission."""
    return {
        "spells": list(programme.spells_of(student)),
        "access_history": list(programme.access_history(student)),
        "leaving": programme.leaving_of(student),
    }


def _mission_tabs(request: HttpRequest, missions: list[Mission]) -> list[dict[str, object]]:
    """All students, and those of each mission."""
    chosen = request.GET.get("mission", "")
    everyone = {"label": _("All"), "url": request.path, "current": not chosen}
    return [everyone] + [
        {
            "label": m.title,
            "url": f"{request.path}?mission={m.pk}",
            "count": m.own_students,
            "current": chosen == str(m.pk),
        }
        for m in missions
    ]


def _label_rows(counts: dict[str, int]) -> list[dict[str, object]]:
    """Rows of the chart, the gravest first; each leads to the students behind it."""
    return [
        {
            "label": RiskLabel(key).label,
            "value": counts[key],
            "tone": TONE[RiskLabel(key)],
            "href": f"{reverse('risk:low-performers')}?label={key}" if key != RiskLabel.ON_TRACK else "",
        }
        for key in (RiskLabel.CRITICAL, RiskLabel.AT_RISK, RiskLabel.WATCH, RiskLabel.ON_TRACK)
    ]
