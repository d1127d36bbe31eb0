"""Conventions of architecture.md that a machine can read: actions, templates, migrations, permissions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command

from sms.authorization.queries import SITE_APPS
from sms.authorization.roles import BUILT_IN

BASE = Path(settings.BASE_DIR)

# --- Actions

# Actions that deviate, each with the reason.
NO_ACTOR = {
    "accounts.register_student": "the actor is the person who registers, and does not exist before",
    "accounts.update_profile": "the actor is the user themself",
    "accounts.end_session": "the actor is the user themself",
    "accounts.remember_new_addresses": "a part of other actions, which record who acts",
    "accounts.remember_verified_address": "a part of other actions, which record who acts",
    "assignments.forget_orphaned_files": "the nightly task",
    "attendance.close_day": "the clock closes days, nobody does",
    "attendance.close_due_days": "the clock closes days, nobody does",
    "attendance.close_forgotten_meetings": "the clock closes meetings that nobody closed",
    "attendance.lay_out_all_series": "the hourly task",
    "authorization.accept_invitation": "the actor is the person who accepts, and may not exist before",
    "authorization.switch_role": "the actor is the user themself",
    "authorization.sync_roles": "runs after every migration",
    "data_exchange.apply": "the worker's; the actor is whoever started the run",
    "data_exchange.plan": "the worker's; the actor is whoever started the run",
    "data_exchange.prune": "the nightly task",
    "developer.beat": "the worker's own sign of life",
    "developer.prune": "the nightly task",
    "developer.say_goodbye": "the worker's own sign of life",
    "mentoring.reconcile_grants": "a command that repairs, run by whoever has the server",
    "points.mend_drift": "the nightly task",
    "points.recalculate": "follows from what somebody did, which is recorded there",
    "points.recalculate_unequal": "follows from what somebody did, which is recorded there",
    "points.request_recalculation": "a part of other actions, which record who acts",
    "points.take_requests": "the queue's own work",
    "points.work_out_bands": "the clock's own work",
}
NOT_KEYWORD_ONLY = {
    "accounts.remember_new_addresses": "one argument, of which the name says all",
    "accounts.remember_verified_address": "one argument, of which the name says all",
    "developer.prune": "one argument, with a default",
    "points.recalculate": "one argument, of which the name says all",
    "points.recalculate_unequal": "one argument, of which the name says all",
    "points.request_recalculation": "one argument, of which the name says all",
}
NOT_ATOMIC = {
    "assignments.forget_orphaned_files": "writes no row: each file goes by itself",
    "attendance.close_due_days": "each day is a transaction of its own, so that one failure does not undo the others",
    "attendance.close_forgotten_meetings": "each meeting is a transaction of its own, as with the days",
    "attendance.lay_out_all_series": "each series is a transaction of its own, so that one failure does not undo others",
    "attendance.submit_meeting": "a guess of the code counts although nothing is written; what is written is atomic",
    "attendance.why_closed": "reads only: the sentence for a person",
    "attendance.why_meeting_is_closed": "reads only: the sentence for a person",
    "audit.record": "one statement, inside the transaction of the action that it tells of",
    "audit.record_each": "inside the transaction of the action that it tells of",
    "audit.record_keyed": "inside the transaction of the action that it tells of",
    "audit.record_many": "inside the transaction of the action that it tells of",
    "audit.event": "writes nothing: builds the row",
    "data_exchange.apply": "its work is one transaction; how it ended is told after that was rolled back",
    "data_exchange.plan": "its work is one transaction; how it ended is told after that was rolled back",
    "developer.beat": "one statement of its own, the other no part of it",
    "developer.say_goodbye": "one statement",
    "developer.worker_name": "reads only",
    "developer.prune": "each table by itself",
    "points.mend_drift": "each mission is a transaction of its own, so that none waits for the locks of another",
    "points.request_recalculation": "inside the transaction of the action that it follows from",
}
NO_ACTION = {
    "attendance.why_closed",
    "attendance.why_meeting_is_closed",
    "audit.record",
    "audit.record_each",
    "audit.record_keyed",
    "audit.record_many",
    "audit.event",
    "developer.worker_name",
}


def actions_in(source: str, app: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{app}.{node.name}", node


def all_actions() -> list[tuple[str, ast.FunctionDef]]:
    sms = BASE / "sms"
    files = sorted([*sms.glob("*/actions.py"), *sms.glob("*/actions/*.py")])
    return [action for file in files for action in actions_in(file.read_text(), file.relative_to(sms).parts[0])]


def has_no_actor(action: ast.FunctionDef) -> bool:
    return "actor" not in {argument.arg for argument in action.args.kwonlyargs}


def takes_positions(action: ast.FunctionDef) -> bool:
    return bool(action.args.args or action.args.posonlyargs or action.args.vararg)


def is_not_atomic(action: ast.FunctionDef) -> bool:
    return "transaction.atomic" not in {ast.unparse(decorator) for decorator in action.decorator_list}


RULES = [
    (has_no_actor, NO_ACTOR, "takes no actor=: say who acts, or put it into NO_ACTOR with the reason"),
    (takes_positions, NOT_KEYWORD_ONLY, "takes arguments by position: put a * before them"),
    (is_not_atomic, NOT_ATOMIC, "is not atomic: decorate it with @transaction.atomic"),
]


@pytest.mark.parametrize(("breaks", "exempt", "remedy"), RULES)
def test_actions(breaks, exempt, remedy) -> None:
    breaking = {name for name, action in all_actions() if breaks(action)}
    if breaks is not is_not_atomic:
        breaking -= NO_ACTION
    assert not breaking - exempt.keys(), "\n".join(f"{name} {remedy}." for name in sorted(breaking - exempt.keys()))
    assert not exempt.keys() - breaking, f"These are exempt without need: {sorted(exempt.keys() - breaking)}"


@pytest.mark.parametrize(
    ("source", "broken"),
    [
        ("@transaction.atomic\ndef act(*, actor, on): ...", []),
        ("@transaction.atomic\ndef act(*, on): ...", [has_no_actor]),
        ("@transaction.atomic\ndef act(actor, on): ...", [has_no_actor, takes_positions]),
        ("def act(*, actor): ...", [is_not_atomic]),
    ],
)
def test_the_guard_of_actions_sees_a_breach(source: str, broken: list) -> None:
    [(_name, action)] = actions_in(source, "app")
    assert [rule for rule, _exempt, _remedy in RULES if rule(action)] == broken


# --- Templates

COMMENTS = re.compile(r"{#.*?#}|{% comment.*?{% endcomment %}", re.DOTALL)
FORBIDDEN = {
    r"<[^>]*\sstyle\s*=": "an inline style: put a class on it and the rule into static/css",
    r"<style\b": "a style element: put the rules into static/css",
    r"<[^>]*\son\w+\s*=": "an inline handler: listen in static/js",
    r"<[^>]*\shx-on\b": "an inline handler: listen in static/js",
    r"<script\b(?![^>]*\b(src|type=\"application/json\"))": "an inline script: put it into static/js",
    r"javascript:": "a javascript: address: use a button and static/js",
    r"\bhx-delete\b": "hx-delete: post to an address of its own, which works without scripts as well",
    r"\bhx-(put|patch)\b": "a method that no form has: post, which works without scripts as well",
    r"https?://[^\"' ]*\.(js|css|woff2?)\b": "an asset from elsewhere: bring it along in static/",
    r"\|safe\b|{% autoescape off": "text that is not escaped: render markup in a template instead",
}


def breaches_of_template(text: str) -> list[str]:
    text = COMMENTS.sub("", text)
    return [remedy for pattern, remedy in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)]


def pages() -> list[Path]:
    return sorted((BASE / "templates").rglob("*.html"))


def test_templates() -> None:
    breaches = [
        f"{file.relative_to(BASE)} has {breach}."
        for file in pages()
        for breach in breaches_of_template(file.read_text())
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<form hx-on:click="go()">',
        "<script>go()</script>",
        '<a href="javascript:go()">',
        '<button hx-delete="/x/">',
        '<script src="https://cdn.example/htmx.js"></script>',
        "{{ text|safe }}",
    ],
)
def test_the_guard_of_templates_sees_a_breach(text: str) -> None:
    assert len(breaches_of_template(text)) == 1


def test_the_guard_of_templates_lets_good_ones_pass() -> None:
    assert (
        breaches_of_template('{# style="" #}<script src="/static/js/site.js" defer></script><p data-online="1">') == []
    )


def addresses_of_hx_get(text: str) -> set[str]:
    return set(re.findall(r"hx-get=\"{% url [\"']([\w:-]+)", text))


def test_what_is_fetched_may_be_fetched() -> None:
    """An address in hx-get answers GET: what only takes a POST, because it writes, does not."""
    from tests.architecture.test_permissions import TABLE

    fetched = {name for file in pages() for name in addresses_of_hx_get(file.read_text())}
    assert fetched
    wrong = {name for name in fetched if name not in TABLE or TABLE[name].method == "post"}
    assert not wrong, f"hx-get asks {sorted(wrong)}, which write: use hx-post."


def test_forms_that_post_carry_the_token() -> None:
    for file in pages():
        for form in re.findall(r"<form\b.*?</form>", COMMENTS.sub("", file.read_text()), re.DOTALL | re.IGNORECASE):
            if re.search(r'method="post"', form, re.IGNORECASE):
                assert "csrf_token" in form, f"A form of {file.relative_to(BASE)} lacks {{% csrf_token %}}."


# --- Migrations and permissions


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_permissions_are_those_of_the_roles() -> None:
    """A permission that no role holds opens nothing to anyone; one that does not exist opens nothing either."""
    labels = [config.label for config in apps.get_app_configs() if config.name.startswith("sms.")]
    existing = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.filter(content_type__app_label__in=labels).values_list(
            "content_type__app_label", "codename"
        )
    } - {"programme.view_missionenrollment"}  # granted per object
    held = frozenset().union(*(role.permissions for role in BUILT_IN))
    assert held - existing == set(), "roles.py names permissions that no model declares."
    assert existing - held == set(), "Give these permissions to a role in roles.py, or take them off their models."


@pytest.mark.django_db
def test_every_app_with_models_has_a_permission() -> None:
    with_models = {c.label for c in apps.get_app_configs() if c.name.startswith("sms.") and list(c.get_models())}
    with_permissions = set(Permission.objects.values_list("content_type__app_label", flat=True))
    assert with_models <= with_permissions
    assert with_models == set(SITE_APPS), (
        "authorization.queries.SITE_APPS lists the apps whose permissions a role can hold."
    )


@pytest.mark.django_db
def test_nobody_holds_a_permission_beside_their_roles(cast) -> None:
    for role in BUILT_IN:
        person = getattr(cast, role.key)
        assert person.get_all_permissions() == role.permissions
