"""What a submission list will do or did, in one sentence."""

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.assignments.choices import Effect, ListState
from sms.assignments.models import SubmissionList


def will_sentence(effects: Mapping[str, int], *, is_complete: bool) -> str:
    """“Record 2,871 submissions, verify 40 claimed, withdraw 0”: exactly what the button does. Empty when it would do
    nothing.
    """
    recorded, verified, withdrawn = (effects.get(each, 0) for each in _ORDER)
    if not recorded + verified + withdrawn:
        return ""
    parts = [
        ngettext("record %(n)s submission", "record %(n)s submissions", recorded) % _n(recorded) if recorded else "",
        _("verify %(n)s claimed") % _n(verified) if verified else "",
        _("withdraw %(n)s") % _n(withdrawn) if is_complete else "",
    ]
    return capfirst(", ".join(filter(None, parts)))


def done_sentence(submission_list: SubmissionList) -> str:
    """What the list did, or how many lines wait in it."""
    if submission_list.state in (ListState.DRAFT, ListState.DISCARDED):
        lines = sum(number for name, number in submission_list.counts.items() if name != "missing")
        return ngettext("%(n)s line", "%(n)s lines", lines) % _n(lines)
    counts = submission_list.counts
    recorded, verified, withdrawn = (counts["effects"].get(each, 0) for each in _ORDER)
    parts = [
        _("%(n)s recorded") % _n(recorded) if recorded else "",
        _("%(n)s verified") % _n(verified) if verified else "",
        _("%(n)s withdrawn") % _n(withdrawn) if withdrawn else "",
        _("%(n)s changed since and left") % _n(counts["left"]) if counts.get("left") else "",
    ]
    return ", ".join(filter(None, parts))


_ORDER = (Effect.RECORDED.value, Effect.VERIFIED.value, Effect.WITHDRAWN.value)


def _n(number: int) -> dict[str, str]:
    return {"n": number_format(number, force_grouping=True)}
