"""The person's own settings that allauth does not have, and the page of those who wait for a role."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sms.accounts import actions
from sms.accounts.forms import ProfileForm, profile_of
from sms.accounts.queries import sessions_of
from sms.core.access import for_everyone_signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@for_everyone_signed_in("Everyone edits their own profile.")
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=profile_of(request.user))
    if request.method == "POST" and form.is_valid():
        actions.update_profile(user=request.user, **form.cleaned_data)
        with translation.override(request.user.language):
            messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@for_everyone_signed_in("Those who have no role yet learn here what happens next.")
def waiting(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/waiting.html", {"student": getattr(request.user, "student_profile", None)})


@require_POST
@for_everyone_signed_in("Everyone ends their own sessions.")
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    session = sessions_of(request.user).filter(pk=session_id).first()
    if session and session.session_key != request.session.session_key:
        actions.end_session(user=request.user, session=session)
        messages.success(request, _("That device is signed out."))
    return redirect("usersessions_list")
