"""Who may open what. The first sweep reads the marks of the views, the second asks every address as everyone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from sms.core.access import for_everyone_signed_in, requires
from tests.architecture.addresses import PEOPLE, Address, Ask, addresses, our_addresses

pytestmark = pytest.mark.django_db

# Addresses of ours that need no sign-in, each with the reason.
PUBLIC = {
    "healthz": "machines ask it whether the site works, and nobody can sign in when it does not",
    "authorization:accept-invitation": "whoever is invited has no account yet; the signed link lets them in",
    "attendance:offline": "the browser keeps it to show it without a network, the same for everyone",
    "attendance:service-worker": "a script like those in static/, at the root because a worker sees what lies beneath",
}
PUBLIC_ARGUMENTS = {"authorization:accept-invitation": ["no-such-link"]}

EVERYONE = " ".join(PEOPLE)


@dataclass(frozen=True)
class Row:
    """Who is let in, and the answer they get. `mentor*` is let in to what is theirs and gets 404 for the rest;
    everyone who is not named gets 403. `differing` names those whose answer is another one.
    """

    who: str
    answer: int = 200
    method: str = "get"
    differing: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        return set(self.who.replace("*", "").split())

    def expected(self, person: str, *, own: bool) -> int:
        if person not in self.names:
            return 403
        if not own and f"{person}*" in self.who.split():
            return 404
        return self.differing.get(person, self.answer)


def posts(who: str, answer: int = 302, differing: dict[str, int] | None = None) -> Row:
    return Row(who, answer, "post", differing or {})


TABLE = {
    # home pages
    "dashboards:home": Row(EVERYONE, 302),
    "dashboards:student-home": Row("student"),
    "dashboards:mentor-home": Row("mentor"),
    "dashboards:sre-home": Row("admin sre"),
    "dashboards:manager-home": Row("admin manager"),
    "dashboards:admin-home": Row("admin"),
    # students and missions
    "dashboards:students": Row("admin manager sre"),
    "dashboards:students-bulk": Row("admin manager sre", 302),
    "dashboards:student": Row("admin manager sre mentor*"),
    "dashboards:student-records": Row("admin manager sre"),
    "dashboards:student-record": Row("admin manager sre mentor*"),
    "dashboards:student-edit": Row("admin sre"),
    "dashboards:student-performance": Row("admin manager sre mentor*"),
    "dashboards:reveal-contact": posts("admin sre mentor*", 200),
    "dashboards:mission": Row("admin manager sre"),
    "programme:batches": Row("admin manager sre"),
    "programme:batch": Row("admin manager sre"),
    "programme:batch-create": Row("admin manager"),
    "programme:batch-edit": Row("admin manager"),
    "programme:batch-duplicate": Row("admin manager"),
    "programme:batch-move": posts("admin manager"),
    "programme:batch-students": Row("admin manager sre"),
    "programme:enroll": Row("admin manager sre"),
    "programme:enrollment": Row("admin manager sre"),
    "programme:join": posts("admin manager sre", 404),
    "programme:leave-batch": Row("admin manager sre"),
    "programme:enroll-again": posts("admin manager sre"),
    "programme:leave-mission": Row("admin manager sre"),
    "programme:access": Row("admin manager sre"),
    "programme:template-create": Row("admin manager sre"),
    "programme:template-edit": Row("admin manager sre"),
    "programme:template-delete": posts("admin manager sre"),
    "programme:missions": Row("admin manager sre"),
    "programme:mission-create": Row("admin manager"),
    "programme:mission-edit": Row("admin manager"),
    "programme:mission-place": posts("admin manager"),
    "programme:guidelines": Row("admin manager"),
    "programme:mission-move": posts("admin manager"),
    "mentoring:mentors": Row("admin manager sre"),
    "mentoring:mentor": Row("admin manager sre"),
    "mentoring:capacity": Row("admin manager sre"),
    "mentoring:history": Row("admin manager sre"),
    "mentoring:reassign": Row("admin manager sre"),
    "mentoring:mission": Row("admin manager sre"),
    "mentoring:assign-chosen": posts("admin manager sre", 422),
    "mentoring:distribute": Row("admin manager sre"),
    "mentoring:assign": Row("admin manager sre"),
    "mentoring:end": posts("admin manager sre", 422),
    # attendance, points, assignments
    "attendance:own-history": Row("student", 302),
    "attendance:history": Row("admin manager sre mentor* student*"),
    "attendance:daily-record": posts("student*"),
    "attendance:taps": Row("student"),
    "attendance:review-taps": Row("admin manager sre mentor"),
    "attendance:decide-taps": Row("admin manager sre mentor", 302),
    "attendance:grid": Row("mentor"),
    "attendance:overview": Row("admin manager sre"),
    "attendance:records": Row("admin manager sre mentor"),
    "attendance:student-report": Row("admin manager sre mentor* student*"),
    "attendance:mission-days": Row("admin manager sre"),
    "attendance:mission-report": Row("admin manager sre mentor"),
    "attendance:batch-days": Row("admin manager sre"),
    "attendance:batch-report": Row("admin manager sre"),
    "attendance:batch-missions": Row("admin manager sre"),
    "attendance:correct": Row("admin manager sre mentor*"),
    "attendance:ask-excuse": Row("student*"),
    "attendance:excuses": Row("admin manager sre"),
    "attendance:answer-excuses": Row("admin manager sre", 302),
    "attendance:excuse": Row("admin manager sre"),
    "attendance:excuse-file": Row("admin manager sre student*"),
    "attendance:withdraw-excuse": posts("admin manager sre student*"),
    "attendance:policy": Row("admin manager"),
    "attendance:lock": Row("admin manager"),
    "attendance:mark": Row("admin manager sre"),
    "attendance:undo-mark": posts("admin manager sre"),
    "attendance:remove-holiday": posts("admin manager"),
    "attendance:holidays": Row("admin manager"),
    "attendance:meetings": Row("admin manager sre mentor student"),
    "attendance:meeting": Row("admin manager sre mentor* student*"),
    "attendance:meeting-submit": posts("student*"),
    "attendance:host": Row("admin manager sre mentor*"),
    "attendance:host-screen": Row("admin manager sre mentor*"),
    "attendance:meeting-open": posts("admin manager sre mentor*"),
    "attendance:meeting-close": posts("admin manager sre mentor*"),
    "attendance:meeting-cancel": Row("admin manager sre mentor*"),
    "attendance:meeting-mark": Row("admin manager sre mentor*"),
    "attendance:meeting-correct": Row("admin manager sre mentor*"),
    "attendance:meeting-edit": Row("admin manager sre"),
    "attendance:meeting-create": Row("admin manager sre"),
    "attendance:series-edit": Row("admin manager sre"),
    "attendance:series-create": Row("admin manager sre"),
    "points:ledger": Row("admin manager sre mentor* student*"),
    "points:total": Row("admin manager sre mentor* student*"),
    "points:give": Row("admin manager sre mentor*"),
    "points:withdraw": Row("admin manager sre mentor*"),
    "points:rules": Row("admin manager"),
    "points:rehearsal": Row("admin manager", 302),
    "points:settings": Row("admin manager"),
    "points:leaderboard": Row("admin manager sre mentor student"),
    "points:drift": Row("admin developer manager"),
    "assignments:assignments": Row("admin manager sre student"),
    "assignments:create": Row("admin manager sre"),
    "assignments:edit": Row("admin manager sre"),
    "assignments:submissions": Row("admin manager sre"),
    "assignments:queue": Row("admin manager sre mentor"),
    "assignments:grade-next": Row("admin manager sre mentor", 302),
    "assignments:grading": Row("admin manager sre mentor*"),
    "assignments:grading-total": Row("admin manager sre mentor*"),
    "assignments:grades": Row("admin manager sre"),
    "assignments:release": posts("admin manager sre"),
    "assignments:hold": posts("admin manager sre", 422),
    "assignments:rubric": Row("admin manager sre"),
    "assignments:own-grade": Row("student"),
    "assignments:assignment": Row("admin manager sre mentor student"),
    "assignments:hand-in": posts("student", 422),
    "assignments:of-student": Row("admin manager sre mentor*"),
    "assignments:evidence": Row("admin manager sre mentor* student*"),
    "assignments:verify": posts("admin manager sre mentor*"),
    "assignments:extensions": Row("admin manager sre mentor"),
    "assignments:extend": Row("admin manager sre mentor"),
    "assignments:revoke-extension": posts("admin manager sre mentor*"),
    "assignments:lists": Row("admin sre"),
    "assignments:list-new": Row("admin sre"),
    "assignments:list": Row("admin sre"),
    "assignments:list-proposals": posts("admin sre"),
    "assignments:list-complete": posts("admin sre"),
    "assignments:list-apply": posts("admin sre", 422),
    "assignments:list-undo": posts("admin sre"),
    "assignments:list-discard": posts("admin sre"),
    "assignments:list-missing": posts("admin sre", 200),
    # falling behind, calls
    "risk:low-performers": Row("admin manager sre"),
    "outreach:calls": Row("admin sre"),
    "outreach:take-next": posts("admin sre"),
    "outreach:list-students": posts("admin sre"),
    "outreach:log": Row("admin sre"),
    "outreach:card": Row("admin sre", differing={"admin": 302}),
    "outreach:release": posts("admin sre"),
    "outreach:follow-ups": Row("admin sre"),
    "outreach:finish": posts("admin sre*", differing={"admin": 404}),
    # data in and out; an import is for the one who started it, and for admins
    "data_exchange:meeting-report": Row("admin manager sre"),
    "data_exchange:runs": Row("admin manager sre"),
    "data_exchange:start": Row("admin manager sre"),
    "data_exchange:upload": Row("admin manager sre"),
    "data_exchange:template": Row("admin manager sre"),
    "data_exchange:run": Row("admin manager sre*", differing={"manager": 404}),
    "data_exchange:progress": Row("admin manager sre*", 302, differing={"manager": 404}),
    "data_exchange:mapping": Row("admin manager sre*", differing={"manager": 404}),
    "data_exchange:confirm": posts("admin manager sre*", differing={"manager": 404}),
    "data_exchange:cancel": posts("admin manager sre*", differing={"manager": 404}),
    "data_exchange:again": posts("admin manager sre*", differing={"manager": 404}),
    "data_exchange:undo": posts("admin manager sre*", differing={"manager": 404}),
    "data_exchange:rejected": Row("admin manager sre*", differing={"manager": 404}),
    "data_exchange:exports": Row("admin manager sre"),
    "data_exchange:export": posts("admin manager sre"),
    "data_exchange:export-all": posts("admin", 200),
    # people
    "authorization:users": Row("admin"),
    "authorization:user": Row("admin"),
    "authorization:user-create": Row("admin"),
    "authorization:user-edit": Row("admin"),
    "authorization:user-deactivate": Row("admin"),
    "authorization:user-reactivate": posts("admin"),
    "authorization:user-invite": posts("admin"),
    "authorization:approvals": Row("admin manager sre"),
    "authorization:decide": posts("admin manager sre"),
    "authorization:invitations": Row("admin manager sre"),
    "authorization:invite": Row("admin manager sre"),
    "authorization:resend-invitation": posts("admin manager sre*", differing={"manager": 404}),
    "authorization:revoke-invitation": posts("admin manager sre*", differing={"manager": 404}),
    "authorization:approve": posts("admin manager sre"),
    "authorization:decline": posts("admin manager sre"),
    "authorization:roles": Row("admin"),
    "authorization:role-create": Row("admin"),
    "authorization:role-edit": Row("admin"),
    "authorization:switch-role": posts(EVERYONE, 422),
    "audit:events": Row("admin"),
    "audit:sign-ins": Row("admin"),
    "accounts:profile": Row(EVERYONE),
    "accounts:waiting": Row(EVERYONE),
    "accounts:end-session": posts(EVERYONE),
    # technology
    "developer:health": Row("admin developer"),
    "developer:errors": Row("admin developer"),
    "developer:error": Row("admin developer"),
    "developer:jobs": Row("admin developer"),
    "developer:job": Row("admin developer"),
    "developer:job-retry": posts("admin developer"),
    "developer:components": Row("admin developer"),
}

# The card of a student is for the one who holds the lease; another SRE is sent to the list.
OTHERS_ANSWER = {("outreach:card", "sre"): 302}


# --- First sweep: the marks


def breach_of_marks(address: Address) -> str:
    view = address.view
    if address.module.startswith("allauth."):
        return ""
    if not getattr(view, "login_required", True):
        return "" if address.name in PUBLIC else f"{address.name} needs no sign-in: say why in PUBLIC."
    if getattr(view, "required_permissions", ()) or getattr(view, "open_to_signed_in_because", ""):
        return ""
    return f"{address.name} is not marked: put @requires(…) on its view, or @for_everyone_signed_in with the reason."


def test_every_view_is_marked() -> None:
    breaches = [breach for address in addresses() if (breach := breach_of_marks(address))]
    assert not breaches, "\n".join(breaches)


def test_the_public_list_is_not_stale() -> None:
    public = {
        address.name for address in addresses() if address.is_ours and not getattr(address.view, "login_required", True)
    }
    assert set(PUBLIC) == public, "Take out of PUBLIC what is gone or asks for a sign-in now."


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.mark.parametrize(
    ("view", "is_marked"),
    [
        (_view, False),
        (requires("a.b")(_view), True),
        (requires()(_view), False),
        (for_everyone_signed_in("because")(lambda request: _view(request)), True),
        (for_everyone_signed_in("")(lambda request: _view(request)), False),
    ],
)
def test_the_first_sweep_sees_a_breach(view: Callable, is_marked: bool) -> None:
    assert (breach_of_marks(Address("new", view)) == "") == is_marked


# --- Second sweep: everyone at every address


def test_the_table_has_a_row_for_every_address() -> None:
    assert sorted([*TABLE, *PUBLIC]) == our_addresses(), (
        "Give a new address its row in TABLE; take out those that are gone."
    )


@pytest.mark.parametrize("name", TABLE)
def test_everyone_gets_the_answer_of_the_table(ask: Ask, name: str) -> None:
    row = TABLE[name]
    questions = [
        (person, own) for person in PEOPLE for own in ((True, False) if ask.belongs_to_someone(name) else (True,))
    ]
    expected = {(person, own): row.expected(person, own=own) for person, own in questions}
    expected |= {(person, False): status for (address, person), status in OTHERS_ANSWER.items() if address == name}
    answers = {(person, own): ask(row.method, name, person, own=own).status_code for person, own in questions}
    assert answers == expected, (
        f"{name}: mend the view, or its row in TABLE. The pairs are (who, whether it is theirs)."
    )

    fragments = {
        (person, own): ask(row.method, name, person, own=own, htmx=True).status_code for person, own in questions
    }
    turned_away = {question: status for question, status in expected.items() if status in (403, 404)}
    assert {question: fragments.pop(question) for question in turned_away} == turned_away, (
        f"The fragment of {name} leaks."
    )
    assert set(fragments.values()) <= {200, 204, 302, 422}


@pytest.mark.parametrize("name", TABLE)
def test_nobody_is_led_to_the_sign_in(ask: Ask, name: str) -> None:
    page, fragment = (ask(TABLE[name].method, name, "nobody", htmx=htmx) for htmx in (False, True))
    assert (page.status_code, page["Location"].split("?")[0]) == (302, reverse("account_login"))
    assert fragment["HX-Redirect"].split("?")[0] == reverse("account_login")


@pytest.mark.parametrize("name", PUBLIC)
def test_public_addresses_answer(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=PUBLIC_ARGUMENTS.get(name))).status_code == 200


def test_pages_of_allauth_ask_for_a_sign_in_where_they_say_so(client: Client) -> None:
    for address in addresses():
        if address.is_ours or not getattr(address.view, "login_required", True):
            continue
        try:
            url = reverse(address.name)
        except NoReverseMatch:
            url = reverse(address.name, args=[1])
        assert client.get(url)["Location"].split("?")[0] == reverse("account_login"), address.name


def test_the_second_sweep_sees_a_breach() -> None:
    row = Row("admin mentor*")
    assert row.expected("admin", own=False) == 200
    assert row.expected("mentor", own=True) == 200
    assert row.expected("mentor", own=False) == 404
    assert row.expected("student", own=True) == 403
