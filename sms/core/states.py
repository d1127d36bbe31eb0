"""States and the legal moves between them, declared beside the choices of an app."""

from collections.abc import Mapping, Set

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from sms.core.problems import Refused


def check_move(moves: Mapping[TextChoices, Set[TextChoices]], current: str, wanted: str) -> None:
    """Raises Refused unless `moves`, in which every state is a key, leads from `current` to `wanted`."""
    if wanted not in moves.get(current, frozenset()):
        labels = {state.value: state.label for state in moves}
        raise Refused(
            _("This is %(current)s and cannot become %(wanted)s.")
            % {"current": labels[current], "wanted": labels.get(wanted, wanted)}
        )
