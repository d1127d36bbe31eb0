"""Inviting people by mail; and the page that the link in the mail leads to, which needs no sign-in."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sms.accounts.models import User
from sms.authorization import actions, links, queries
from sms.authorization.actions import NO_LONGER, Invited
from sms.authorization.choices import InvitationState
from sms.authorization.filters import InvitationFilter
from sms.authorization.forms import AcceptForm, InviteForm
from sms.authorization.models import Invitation
from sms.authorization.tables import InvitationTable
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused
from sms.core.sentences import listed


@require_safe
@requires("accounts.invite_people")
def invitations(request: HttpRequest) -> HttpResponseBase:
    new = Action(_("Invite people"), reverse("authorization:invite"), icon="mail-plus", variant="primary")
    return list_page(
        request,
        title=_("Invitations"),
        queryset=queries.invitations_visible_to(request.user),
        table_class=InvitationTable,
        filterset_class=InvitationFilter,
        search_fields=("name", "email"),
        actions=[new],
        empty=Empty(
            _("Nobody is invited yet"),
            _("Whom you invite gets a mail with a link to choose a password."),
            icon="mail-plus",
            action_label=_("Invite people"),
            action_href=new.href,
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.invite_people")
def invite(request: HttpRequest) -> HttpResponseBase:
    form = InviteForm(request.POST if request.method == "POST" else None, actor=request.user)
    if form.is_valid():
        try:
            invited = actions.invite_people(
                actor=request.user, site=request.build_absolute_uri("/"), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _told(invited), reverse("authorization:invitations"))
    return render(request, "authorization/invite.html", {"form": form}, status=INVALID if form.errors else 200)


@require_POST
@requires("accounts.invite_people")
def resend(request: HttpRequest, pk: int) -> HttpResponseBase:
    invitation, back = _found(request.user, pk), reverse("authorization:invitations")
    try:
        actions.resend_invitation(actor=request.user, invitation=invitation, site=request.build_absolute_uri("/"))
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    return done(request, _("%(name)s gets a new link.") % {"name": invitation}, back)


@require_POST
@requires("accounts.invite_people")
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    invitation, back = _found(request.user, pk), reverse("authorization:invitations")
    try:
        actions.revoke_invitation(actor=request.user, invitation=invitation)
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    return done(request, _("The invitation of %(name)s is taken back.") % {"name": invitation}, back)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever holds the link chooses a name and a password; who has an account with this address signs in instead."""
    invitation, is_newest = links.find(token)
    problem = _problem_of(invitation, is_newest)
    if problem:
        return render(request, "authorization/invitation_closed.html", {"problem": problem})
    known = User.objects.filter(email=invitation.email).first()
    has_password = known is not None and queries.can_sign_in(known)
    form = None if has_password else AcceptForm(request.POST or None, invitation=invitation)
    if request.method == "POST" and (form is None or form.is_valid()):
        chosen = {} if form is None else form.cleaned_data
        try:
            user = actions.accept_invitation(invitation=invitation, language=request.LANGUAGE_CODE, **chosen)
        except Refused as refusal:
            return render(
                request, "authorization/invitation_closed.html", {"problem": refusal.sentence}, status=INVALID
            )
        if has_password:
            messages.success(request, _("The invitation is accepted. Sign in to go on."))
            return redirect("account_login")
        return perform_login(request, user, redirect_url="/")
    context = {"form": form, "invitation": invitation}
    return render(
        request, "authorization/accept_invitation.html", context, status=INVALID if form and form.errors else 200
    )


def _found(user: User, pk: int) -> Invitation:
    return get_object_or_404(queries.invitations_visible_to(user), pk=pk)


def _problem_of(invitation: Invitation | None, is_newest: bool) -> str:
    """Why the link lets nobody in, or nothing."""
    if invitation is None:
        return _("This link is not whole. Open it from the mail once more, or copy all of it.")
    if invitation.state in (InvitationState.ACCEPTED, InvitationState.REVOKED):
        return _(NO_LONGER[invitation.state])
    if not is_newest:
        return _("A newer link was sent after this one. Open the newest mail.")
    return _(NO_LONGER[invitation.state]) if invitation.state == InvitationState.EXPIRED else ""


def _told(invited: Invited) -> str:
    """One sentence for each thing that became of the addresses."""
    count = len(invited.new)
    sentences = [ngettext("%(n)d person gets a mail.", "%(n)d people get a mail.", count) % {"n": count}]
    if invited.here:
        sentences.append(_("Here already, and left as they are: %(names)s.") % {"names": listed(invited.here)})
    if invited.before:
        sentences.append(
            _("Invited before; send it again from the list: %(names)s.") % {"names": listed(invited.before)}
        )
    return " ".join(sentences)
