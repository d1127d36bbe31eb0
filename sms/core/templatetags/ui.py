"""The tags that pages are built from: one tag, one template in templates/components, one stylesheet.

They are builtins of the template engine. Arguments are strict: a tag that is called wrongly fails at once
instead of leaving a gap in the page. All HTML lives in the templates.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import forms, template
from django.core.paginator import Page
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext, ngettext
from django_tables2 import Table
from lucide.templatetags.lucide import lucide

from sms.core import clock
from sms.core.markdown import to_html

register = template.Library()

BUTTON_VARIANTS = ("plain", "primary", "quiet", "danger")
TONES = ("neutral", "good", "warn", "bad", "brand")
AVATAR_SIZES = ("small", "normal", "big")
AVATAR_HUES = 6
DAY_STATUSES = ("present", "late", "absent", "excused", "none", "off", "open")
TOAST_LEVELS = {
    "debug": ("neutral", "info"),
    "info": ("brand", "info"),
    "success": ("good", "circle-check"),
    "warning": ("warn", "triangle-alert"),
    "error": ("bad", "circle-alert"),
}
CALLOUT_ICONS = {
    "neutral": "info",
    "brand": "info",
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
}
RELATIVE_DAYS = 14
NATIVE_PICKERS = {
    forms.DateTimeInput: ("datetime-local", "%Y-%m-%dT%H:%M"),
    forms.DateInput: ("date", "%Y-%m-%d"),
    forms.TimeInput: ("time", "%H:%M"),
}


def _one_of(value: str, allowed: Iterable[str], what: str) -> str:
    if value not in allowed:
        raise TypeError(f"{value!r} is no {what}; use one of {', '.join(allowed)}.")
    return value


def _attributes(attrs: Mapping[str, Any]) -> str:
    """`hx_post="/x"` as `hx-post="/x"`, `autofocus=True` as the bare word; False and None are left out."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items() if value is not None}
    for name in named:
        if name == "style" or name.startswith(("on", "hx-on")):
            raise TypeError(f"The content security policy blocks {name!r}; use a class or static/js.")
    return flatatt(named)


def _read(item: Any, names: Sequence[str]) -> dict[str, Any]:
    """The named values of a mapping, an object, or a tuple in the order of `names`; None for what it lacks."""
    if isinstance(item, Mapping):
        return {name: item.get(name) for name in names}
    if isinstance(item, tuple) and not hasattr(item, "_fields"):
        return dict(zip(names, (*item, *[None] * len(names)), strict=False))
    return {name: getattr(item, name, None) for name in names}


# --- Small pieces


@lru_cache(maxsize=512)
def _svg(name: str, size: int, label: str) -> str:
    spoken = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return lucide(name, size=size, **{"class": "icon", "stroke-width": "1.75"}, **spoken)


@register.simple_tag
def icon(name: str, size: int = 18, label: str = "") -> str:
    """A Lucide icon; decoration unless `label` says what it means."""
    return _svg(str(name), size, str(label))


@register.inclusion_tag("components/button.html")
def button(
    label: str,
    variant: str = "plain",
    icon: str = "",
    kbd: str = "",
    href: str = "",
    type: str = "submit",
    wide: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    if kbd:
        attrs.setdefault("data_shortcut", kbd)
        attrs.setdefault("aria_keyshortcuts", kbd)
    return {
        "label": label,
        "variant": _one_of(variant, BUTTON_VARIANTS, "button variant"),
        "icon": icon,
        "kbd": kbd,
        "href": href,
        "type": type,
        "wide": wide,
        "attrs": _attributes(attrs),
    }


@register.inclusion_tag("components/badge.html")
def badge(label: str, tone: str = "neutral") -> dict[str, Any]:
    return {"label": label, "tone": _one_of(tone, TONES, "badge tone")}


@register.inclusion_tag("components/avatar.html")
def avatar(person: Any, size: str = "normal") -> dict[str, Any]:
    """Initials of anyone with `.name` and `.initials`; the hue stays the same for the same name."""
    return {
        "initials": person.initials,
        "hue": crc32(str(person.name).encode()) % AVATAR_HUES,
        "size": _one_of(size, AVATAR_SIZES, "avatar size"),
    }


@register.inclusion_tag("components/person.html")
def person(person: Any, detail: str = "", href: str = "", size: str = "normal") -> dict[str, Any]:
    """Avatar, name and one line about the person."""
    return {"person": person, "detail": detail, "href": href, "size": _one_of(size, AVATAR_SIZES, "avatar size")}


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, hint: str = "", href: str = "", tone: str = "", icon: str = "") -> dict[str, Any]:
    if tone:
        _one_of(tone, TONES, "stat tone")
    return {"label": label, "value": value, "hint": hint, "href": href, "tone": tone, "icon": icon}


@register.inclusion_tag("components/strip.html")
def strip(days: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Days side by side; each has `.on`, `.status` and the sentence `.label`."""
    cells = [_read(day, ("on", "status", "label")) for day in days]
    for cell in cells:
        _one_of(cell["status"], DAY_STATUSES, "status of a day")
    return {"days": cells, "label": label}


@register.inclusion_tag("components/progress.html")
def progress(label: str, value: float, maximum: float, hint: str = "") -> dict[str, Any]:
    return {
        "label": label,
        "value": value,
        "maximum": maximum,
        "hint": hint,
        # A progress element with max="0" is invalid and would be drawn as unknown.
        "drawn_value": min(value, maximum),
        "drawn_maximum": maximum or 1,
    }


@register.inclusion_tag("components/empty_state.html")
def empty_state(title: str, text: str, icon: str = "", action_label: str = "", action_href: str = "") -> dict[str, Any]:
    return {
        "title": title,
        "text": text,
        "icon": icon or "inbox",
        "action_label": action_label,
        "action_href": action_href,
    }


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Any], label: str) -> dict[str, Any]:
    """Links to sibling pages; each item has label, url, current and count (None: no count)."""
    return {"items": [_read(item, ("label", "url", "current", "count")) for item in items], "label": label}


@register.inclusion_tag("components/toast.html")
def toast(message: str, level: str = "info") -> dict[str, Any]:
    _one_of(level, TOAST_LEVELS, "level of a message")
    tone, icon_name = TOAST_LEVELS[level]
    return {"message": message, "level": level, "tone": tone, "icon": icon_name}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[Any], label: str = "") -> dict[str, Any]:
    """What happened, in the given order; each item has icon, title, detail, at and may have href."""
    return {"items": [_read(item, ("icon", "title", "detail", "at", "href")) for item in items], "label": label}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(rows: Iterable[Any], label: str) -> dict[str, Any]:
    """A table whose figures are also bars; each row has label, value and may have text, href, tone."""
    bars = [_read(row, ("label", "value", "text", "href", "tone")) for row in rows]
    for bar in bars:
        bar["tone"] = _one_of(bar["tone"] or "brand", TONES, "bar tone")
    return {"rows": bars, "label": label, "maximum": max((bar["value"] for bar in bars), default=0) or 1}


# --- Pieces around other markup


@register.simple_block_tag(end_name="endcard")
def card(content: str, title: str = "", icon: str = "", href: str = "", href_label: str = "") -> SafeString:
    context = {"content": content, "title": title, "icon": icon, "href": href, "href_label": href_label}
    return render_to_string("components/card.html", context)


@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, id: str, title: str) -> SafeString:
    """Opened by any button with `data_opens=id`; a form with method="dialog" or the cross closes it."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_block_tag(end_name="endcallout")
def callout(content: str, tone: str = "neutral", title: str = "", icon: str = "") -> SafeString:
    """A sentence that the person must not overlook, inside the page."""
    context = {
        "content": content,
        "tone": _one_of(tone, TONES, "callout tone"),
        "title": title,
        "icon": icon or CALLOUT_ICONS[tone],
    }
    return render_to_string("components/callout.html", context)


# --- Forms


def _field_kind(widget: forms.Widget) -> str:
    kinds = (
        (forms.RadioSelect, "choices"),  # CheckboxSelectMultiple is one too
        (forms.CheckboxInput, "checkbox"),
        (forms.SelectMultiple, "control"),
        (forms.Select, "select"),
        (forms.ClearableFileInput, "file"),
        (forms.FileInput, "file"),
        (forms.MultiWidget, "group"),
    )
    return next((kind for widget_class, kind in kinds if isinstance(widget, widget_class)), "control")


def _use_native_picker(widget: forms.Widget) -> None:
    """Django draws dates as plain text unless told; browsers pick them better, in ISO format only."""
    for widget_class, (input_type, iso_format) in NATIVE_PICKERS.items():
        if isinstance(widget, widget_class):
            if widget.input_type == "text":
                widget.input_type = input_type
            widget.format = iso_format
            return


@register.inclusion_tag("components/field.html")
def field(bound_field: forms.BoundField, hint: str = "", shortcuts: bool = False) -> dict[str, Any]:
    """Label, control, help and errors. `shortcuts` lets the digit keys pick a choice card."""
    widget = bound_field.field.widget
    kind = "hidden" if bound_field.is_hidden else _field_kind(widget)
    _use_native_picker(widget)
    help_text = hint or bound_field.help_text
    described_by = [
        part_id
        for part_id, is_there in (
            (f"{bound_field.auto_id}_helptext", help_text),
            (f"{bound_field.auto_id}_error", bound_field.errors),
        )
        if is_there
    ]
    attrs: dict[str, Any] = {"class": f"control {widget.attrs.get('class', '')}".strip()}
    if described_by and kind not in ("choices", "group"):
        attrs["aria-describedby"] = " ".join(described_by)
    return {
        "field": bound_field,
        "kind": kind,
        "help_text": help_text,
        "described_by": " ".join(described_by),
        "control": "" if kind == "choices" else bound_field.as_widget(attrs=attrs),
        "shortcuts": shortcuts,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """The errors that belong to no single field."""
    return {"errors": form.non_field_errors()}


@register.inclusion_tag("components/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """A whole form but for its buttons and token."""
    return {"form": form}


# --- Lists


@register.simple_tag(takes_context=True)
def table(context: template.Context, table: Table, region: str = "") -> SafeString:
    """A table of django-tables2, whose own tag would run every context processor, and its queries, once more."""
    request = context.get("request")
    table.context = context  # template columns read it
    try:
        table.before_render(request)
        return render_to_string("components/table.html", {"table": table, "region": region, "request": request})
    finally:
        del table.context


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page_obj: Page, region: str = "") -> dict[str, Any]:
    """Links to the other pages, which keep the query; `region` is the selector that htmx refreshes, if any."""
    paginator = page_obj.paginator
    return {
        "request": context.get("request"),
        "page": page_obj,
        "numbers": paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1),
        "gap": paginator.ELLIPSIS,
        "region": region,
    }


# --- Time


def relative_time(moment: datetime, now: datetime) -> str:
    """ "in 2 h 10 min", "3 days ago"; the date itself beyond two weeks. static/js/times.js speaks the same way."""
    distance = abs(moment - now)
    if distance >= timedelta(days=RELATIVE_DAYS):
        return short_date(timezone.localtime(moment).date(), timezone.localtime(now).date())
    minutes = int(distance.total_seconds() // 60)
    if minutes < 1:
        return gettext("now")
    amount = _amount(minutes, exact=moment > now)
    pattern = gettext("in %(amount)s") if moment > now else gettext("%(amount)s ago")
    return pattern % {"amount": amount}


def _amount(minutes: int, *, exact: bool) -> str:
    hours, left = divmod(minutes, 60)
    if hours >= 24:
        return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
    if not hours:
        return gettext("%(count)d min") % {"count": left}
    hour_text = gettext("%(count)d h") % {"count": hours}
    # Minutes matter before a deadline, not after one.
    if exact and left and hours < 12:
        return f"{hour_text} {gettext('%(count)d min') % {'count': left}}"
    return hour_text


def short_date(on: date, today: date) -> str:
    return date_format(on, "D j M" if on.year == today.year else "j M Y")


@register.inclusion_tag("components/when.html")
def when(moment: datetime | None) -> dict[str, Any]:
    """A moment as the distance from now; the full local time on hover. None is drawn as a dash."""
    if moment is None:
        return {"moment": None}
    local = timezone.localtime(moment)
    return {
        "moment": local,
        "text": relative_time(moment, clock.now()),
        "full": f"{date_format(local, 'D j M Y, H:i')} ({timezone.get_current_timezone_name()})",
    }


@register.inclusion_tag("components/day.html")
def day(date: date | None) -> dict[str, Any]:
    """A calendar day, which has no timezone. None is drawn as a dash."""
    if date is None:
        return {"day": None}
    return {
        "day": date,
        "text": short_date(date, timezone.localdate(clock.now())),
        "full": date_format(date, "l j F Y"),
    }


@register.filter
def css_word(value: Any) -> str:
    """A state as a class name: "No answer" is "no-answer"."""
    return slugify(str(value).replace("_", "-"))


@register.filter
def markdown(text: str) -> SafeString:
    """What a person wrote in Markdown; raw HTML in it stays text. Put it into a `prose` block."""
    return to_html(text)
