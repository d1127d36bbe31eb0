"""Parts of sentences for people."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def listed(names: Iterable[object], at_most: int = 3) -> str:
    """“Arif, Nila and 2 more”: the first names of many, and how many others there are."""
    words = [str(name) for name in names]
    more = len(words) - at_most
    if more > 0:
        rest = ngettext("%(n)d more", "%(n)d more", more) % {"n": more}
        words = [*words[:at_most], rest]
    if len(words) < 2:
        return "".join(words)
    return _("%(names)s and %(last)s") % {"names": ", ".join(words[:-1]), "last": words[-1]}
