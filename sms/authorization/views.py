"""People, their roles and what the roles may do, in the browser."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sms.accounts.models import User
from sms.accounts.queries import registered_students
from sms.accounts.tasks import invite
from sms.audit import queries as audit
from sms.authorization import actions, queries
from sms.authorization.filters import ApprovalFilter, PersonFilter
from sms.authorization.forms import DecisionForm, NewRoleForm, PersonForm, RoleForm
from sms.authorization.models import Role
from sms.authorization.tables import ApprovalTable, PersonTable, RoleTable
from sms.core.access import for_everyone_signed_in, requires
from sms.core.errors import error_response
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused

EVENTS_SHOWN = 10
APPROVAL_SEARCH = ("name", "email", "phone")


# --- People


@require_safe
@requires("accounts.view_users")
def users(request: HttpRequest) -> HttpResponseBase:
    new = Action(_("New person"), reverse("authorization:user-create"), icon="user-plus", variant="primary")
    return list_page(
        request,
        title=_("People"),
        queryset=queries.people().select_related("student_profile"),
        table_class=PersonTable,
        filterset_class=PersonFilter,
        search_fields=("name", "email", "phone"),
        actions=[new] if request.user.has_perm("accounts.manage_users") else [],
        empty=Empty(_("Nobody is here yet"), _("Create the first person, or let students register."), icon="users"),
        export_name="people",
    )


@require_safe
@requires("accounts.view_users")
def user(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(queries.people().select_related("student_profile"), pk=pk)
    about = audit.about(person)
    context = {
        "person": person,
        "roles": [group.role for group in person.groups.all()],
        "sign_ins": about.filter(verb__in=audit.SIGN_IN_VERBS)[:EVENTS_SHOWN],
        "events": about.exclude(verb__in=audit.SIGN_IN_VERBS)[:EVENTS_SHOWN],
    }
    return render(request, "authorization/user.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage_users")
def user_create(request: HttpRequest) -> HttpResponseBase:
    form = PersonForm(_posted(request), actor=request.user)
    if form.is_valid():
        try:
            person = actions.create_person(
                actor=request.user, site=request.build_absolute_uri("/"), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error("email", refusal.sentence)
        else:
            return done(
                request, _("%(name)s is created and gets a mail with a link.") % {"name": person}, _page_of(person)
            )
    context = {"form": form, "title": _("New person"), "back": reverse("authorization:users")}
    return render(request, "authorization/user_form.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage_users")
def user_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(queries.people(), pk=pk)
    form = PersonForm(_posted(request), actor=request.user, person=person)
    if form.is_valid():
        try:
            actions.edit_person(actor=request.user, user=person, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("%(name)s is saved.") % {"name": person}, _page_of(person))
    context = {"form": form, "title": _("Edit person"), "back": _page_of(person), "person": person}
    return render(request, "authorization/user_form.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.manage_users")
def user_deactivate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET asks, for those without scripts; with scripts the person's page asks in a dialog."""
    person = get_object_or_404(queries.people(), pk=pk)
    problem = ""
    if request.method == "POST":
        try:
            actions.deactivate_person(actor=request.user, user=person)
        except Refused as refusal:
            problem = refusal.sentence
        else:
            return done(request, _("%(name)s can no longer sign in.") % {"name": person}, _page_of(person))
    context = {"person": person, "problem": problem}
    return render(request, "authorization/deactivate.html", context, status=INVALID if problem else 200)


@require_POST
@requires("accounts.manage_users")
def user_reactivate(request: HttpRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(queries.people(), pk=pk)
    actions.reactivate_person(actor=request.user, user=person)
    return done(request, _("%(name)s can sign in again.") % {"name": person}, _page_of(person))


@require_POST
@requires("accounts.manage_users")
def user_invite(request: HttpRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(queries.people().filter(is_active=True), pk=pk)
    invite(person.pk, request.build_absolute_uri("/"))
    return done(request, _("%(name)s gets a mail with a link.") % {"name": person}, _page_of(person))


# --- Students who registered themselves


@require_safe
@requires("accounts.approve_students")
def approvals(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Approvals"),
        subtitle=_("Students who registered themselves and wait to be let in."),
        queryset=registered_students(),
        table_class=ApprovalTable,
        filterset_class=ApprovalFilter,
        search_fields=APPROVAL_SEARCH if request.user.has_perm("accounts.reveal_contacts") else ("name",),
        empty=Empty(_("Nobody is waiting"), _("Students who register themselves appear here."), icon="user-check"),
        template="authorization/approvals.html",
        context={"decision": DecisionForm(actor=request.user)},
    )


@require_POST
@requires("accounts.approve_students")
def decide(request: HttpRequest) -> HttpResponseBase:
    """Approves or declines all the students that are chosen in the list."""
    form, back = DecisionForm(request.POST, actor=request.user), reverse("authorization:approvals")
    if not form.is_valid():
        return refused(request, " ".join(message for errors in form.errors.values() for message in errors), back)
    students, site = list(form.cleaned_data["students"]), request.build_absolute_uri("/")
    try:
        if form.cleaned_data["decision"] == DecisionForm.APPROVE:
            place = form.cleaned_data.get("place", "")
            decided = actions.approve_students(actor=request.user, users=students, place=place, site=site)
            sentence = ngettext("%(n)d student is let in.", "%(n)d students are let in.", len(decided))
        else:
            reason = form.cleaned_data["reason"]
            decided = actions.decline_students(actor=request.user, users=students, reason=reason, site=site)
            sentence = ngettext("%(n)d student is declined.", "%(n)d students are declined.", len(decided))
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    sentence %= {"n": len(decided)}
    if before := len(students) - len(decided):
        passed_over = ngettext("%(n)d was decided on before.", "%(n)d were decided on before.", before)
        sentence = f"{sentence} {passed_over % {'n': before}}"
    return done(request, sentence, back)


@require_POST
@requires("accounts.approve_students")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, actions.approve_student, gettext_lazy("%(name)s is let in."))


@require_POST
@requires("accounts.approve_students")
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, actions.decline_student, gettext_lazy("%(name)s is declined."))


def _decide(request: HttpRequest, pk: int, action: Callable[..., None], sentence: str) -> HttpResponse:
    student = get_object_or_404(registered_students(), pk=pk)
    problem = ""
    try:
        action(actor=request.user, user=student, site=request.build_absolute_uri("/"))
    except Refused as refusal:
        problem = refusal.sentence
    if not request.htmx:
        messages.add_message(
            request, messages.ERROR if problem else messages.SUCCESS, problem or sentence % {"name": student}
        )
        return redirect("authorization:approvals")
    context = {"record": registered_students().get(pk=pk), "problem": problem, "sentence": sentence % {"name": student}}
    return render(request, "authorization/approval.html", context, status=INVALID if problem else 200)


# --- Roles


@require_safe
@requires("authorization.manage_roles")
def roles(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Roles"),
        subtitle=_("What a person may do follows from their roles alone."),
        queryset=queries.roles().prefetch_related("group__permissions"),
        table_class=RoleTable,
        actions=[Action(_("New role"), reverse("authorization:role-create"), icon="plus", variant="primary")],
        empty=Empty(_("No roles yet"), _("Roles appear after the next migration."), icon="shield"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("authorization.manage_roles")
def role_create(request: HttpRequest) -> HttpResponseBase:
    form = NewRoleForm(_posted(request))
    if form.is_valid():
        try:
            actions.create_role(actor=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("key", refusal.sentence)
        else:
            return done(request, _("The role is created."), reverse("authorization:roles"))
    context = {"form": form, "title": _("New role")}
    return render(request, "authorization/role_form.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("authorization.manage_roles")
def role_edit(request: HttpRequest, key: str) -> HttpResponseBase:
    role = get_object_or_404(Role, key=key)
    form = RoleForm(_posted(request), initial={"title": role.title, "permissions": role.group.permissions.all()})
    if form.is_valid():
        try:
            actions.edit_role(actor=request.user, role=role, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The role is saved."), reverse("authorization:roles"))
    context = {"form": form, "title": role.title, "role": role}
    return render(request, "authorization/role_form.html", context, status=_status(form))


@require_POST
@for_everyone_signed_in("Everyone chooses among the roles that they hold; it gives no permission.")
def switch_role(request: HttpRequest) -> HttpResponse:
    try:
        actions.switch_role(user=request.user, role_key=request.POST.get("role", ""))
    except Refused as refusal:
        return error_response(request, INVALID, refusal.sentence)
    return redirect("/")


def _posted(request: HttpRequest) -> object:
    return request.POST if request.method == "POST" else None


def _status(form: PersonForm | RoleForm) -> int:
    return INVALID if form.errors else 200


def _page_of(person: User) -> str:
    return reverse("authorization:user", args=[person.pk])
