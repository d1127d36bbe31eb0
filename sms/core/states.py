"""States and the legal moves between them, declared beside the choices of an app."""

from collections.abc import Mapping, Set

from django.utils.translation import gettext as _

from sms.core.problems import Refused


def check_move(moves: Mapping[str, Set[str]], current: str, wanted: str) -> None:
    """Raises Refused unless `moves` leads from `current` to `wanted`."""
    if wanted not in moves.get(current, frozenset()):
        raise Refused(_("This is %(current)s and cannot become %(wanted)s.") % {"current": current, "wanted": wanted})
