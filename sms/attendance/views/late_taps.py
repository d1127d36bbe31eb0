"""Taps that were kept without a network: a device sends them, staff decide about those that came too late."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sms.attendance import actions, queries
from sms.attendance.choices import TapOutcome, TapState
from sms.attendance.filters import LateTapFilter
from sms.attendance.forms import DecisionForm, TapForm
from sms.attendance.tables import LateTapTable
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import BulkAction, BulkActions, Empty, chosen_rows, list_page
from sms.core.problems import Refused
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import MissionEnrollment

SOMEBODY_ELSE = 409
SEARCH = ("mission_enrollment__enrollment__student__name", "mission_enrollment__mission__title")
ACCEPT, REFUSE = "accept", "refuse"
NAMED = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires("attendance.submit_own_record")
def taps(request: HttpRequest) -> HttpResponseBase:
    """For devices. GET tells who is signed in and when their missions can be tapped; POST takes in one kept tap."""
    if request.method != "POST":
        return JsonResponse(_to_keep(request))
    form = TapForm(request.POST)
    if not form.is_valid():
        sentence = next(iter(form.errors.values()))[0]
        return JsonResponse({"outcome": TapOutcome.REFUSED, "sentence": sentence, "card": ""}, status=INVALID)
    tap = form.cleaned_data
    if tap.pop("who") != queries.person_key(request.user):
        return JsonResponse({}, status=SOMEBODY_ELSE)
    own = programme.visible_to(request.user).filter(enrollment__student=request.user)
    student = get_object_or_404(own.select_related("mission__attendance_policy"), pk=tap.pop("mission_enrollment"))
    answer = actions.receive_tap(actor=request.user, mission_enrollment=student, **tap)
    return JsonResponse(
        {"outcome": answer.outcome, "sentence": answer.sentence, "card": _card(request, student, answer)}
    )


@require_safe
@requires("attendance.review_taps")
def review(request: HttpRequest) -> HttpResponseBase:
    """What arrived too late to count by itself."""
    return list_page(
        request,
        title=_("Kept taps"),
        subtitle=_("Made without a network, and arrived too late to count by themselves"),
        queryset=queries.taps_to_review(request.user),
        table_class=LateTapTable,
        filterset_class=LateTapFilter,
        search_fields=SEARCH,
        empty=Empty(
            _("Nothing to decide"),
            _("A tap that a phone kept without a network appears here when it arrives after the window."),
            icon="wifi-off",
        ),
        export_name="kept-taps",
        enrich=queries.add_worth,
        bulk=BulkActions(
            reverse("attendance:decide-taps"),
            [BulkAction(ACCEPT, _("Accept"), "check"), BulkAction(REFUSE, _("Refuse"), "x")],
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("attendance.review_taps")
def decide(request: HttpRequest) -> HttpResponseBase:
    """Accepts or refuses chosen taps. The address says which, and on POST they are looked up anew."""
    to_list = reverse("attendance:review-taps")
    taps = queries.taps_to_review(request.user)
    chosen = chosen_rows(request, queryset=taps, filterset_class=LateTapFilter, search_fields=SEARCH)
    chosen = chosen.filter(state=TapState.PENDING)
    wanted, count = request.GET.get("_do"), chosen.count()
    if not count or wanted not in (ACCEPT, REFUSE):
        return refused(request, _("Choose at least one tap that nobody has decided yet."), to_list)
    form = DecisionForm(request.POST or None, accept=wanted == ACCEPT)
    if request.method == "POST" and form.is_valid():
        try:
            decided = actions.decide_taps(
                actor=request.user, taps=chosen, accept=wanted == ACCEPT, answer=form.cleaned_data["answer"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _decided(decided, is_accepted=wanted == ACCEPT), to_list)
    some = list(chosen.order_by("received_at", "pk")[:NAMED])
    queries.add_worth(some)
    context = {
        "form": form,
        "is_accepting": wanted == ACCEPT,
        "count": count,
        "some": some,
        "more": max(count - NAMED, 0),
    }
    return render(request, "attendance/decide_taps.html", context, status=INVALID if form.errors else 200)


def _to_keep(request: HttpRequest) -> dict[str, object]:
    """What a device stores to take taps without a network, and what it needs to send them."""
    missions = [
        {
            "id": mission.mission_enrollment_id,
            "title": mission.title,
            "zone": mission.timezone,
            "recordedOn": mission.recorded_on,
            "windows": [
                {"on": each.on, "opens": each.opens, "late": each.late_after, "closes": each.closes}
                for each in mission.windows
            ],
        }
        for mission in queries.missions_to_tap(request.user)
    ]
    return {
        "who": queries.person_key(request.user),
        "token": get_token(request),
        "now": clock.now(),
        "missions": missions,
    }


def _card(request: HttpRequest, student: MissionEnrollment, answer: actions.TapAnswer) -> str:
    """The day of the mission as it is now, where the student's home shows one."""
    if student.left_on or student.mission.status != MissionStatus.ACTIVE:
        return ""
    [today] = queries.todays([student])
    is_recorded = answer.outcome == TapOutcome.RECORDED and today.attended
    context = {"today": today, "just_now": is_recorded, "note": "" if is_recorded else answer.sentence}
    return render_to_string("attendance/today.html", context, request)


def _decided(count: int, *, is_accepted: bool) -> str:
    if is_accepted:
        return ngettext("%(n)d tap is accepted.", "%(n)d taps are accepted.", count) % {"n": count}
    return ngettext("%(n)d tap is refused.", "%(n)d taps are refused.", count) % {"n": count}
