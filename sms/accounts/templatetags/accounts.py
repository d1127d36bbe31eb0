"""What the pages about one's own account need and allauth's views do not hand them."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils.translation import gettext

from sms.audit.devices import device

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_pages(context: template.Context) -> list[dict[str, Any]]:
    """The pages of the settings, for `{% tabs %}`."""
    path = context["request"].path
    pages = [
        (gettext("Profile"), reverse("accounts:profile")),
        (gettext("E-mail"), reverse("account_email")),
        (gettext("Password"), reverse("account_change_password")),
        (gettext("Second step"), reverse("mfa_index")),
        (gettext("Devices"), reverse("usersessions_list")),
    ]
    return [
        {"label": label, "url": url, "current": path.startswith(_section(url)), "count": None} for label, url in pages
    ]


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)


register.filter("device", device)


def _section(url: str) -> str:
    """/accounts/password/change/ stands for all below /accounts/password/."""
    return "/".join(url.split("/")[:3]) + "/"
