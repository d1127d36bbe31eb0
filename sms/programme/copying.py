"""What is copied when a batch is duplicated: apps above register it here, in their apps.py.

A copier is called as `copier(actor=…, copy=…)` inside the transaction that makes the new batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sms.core import clock
from sms.programme.models import Batch, Mission


@dataclass(frozen=True)
class Copy:
    """From one batch to the new one. `missions` holds each new mission by the key of the one it was made from."""

    source: Batch
    target: Batch
    missions: Mapping[int, Mission]

    @property
    def distance(self) -> timedelta:
        return self.target.starts_on - self.source.starts_on

    def day(self, on: date) -> date:
        """The day that lies as far from the start of the new batch as `on` from that of the old one."""
        return on + self.distance

    def moment(self, at: datetime) -> datetime:
        """The same time of the clock, on the day that corresponds, in the timezone of the new batch."""
        local = at.astimezone(self.source.zone)
        return clock.at_local(self.day(local.date()), local.time(), self.target.zone, closing=bool(local.fold))


Copier = Callable[..., None]

_copiers: list[Copier] = []


def on_copying(copier: Copier) -> None:
    _copiers.append(copier)


def copy_the_rest(actor: object, copy: Copy) -> None:
    for copier in _copiers:
        copier(actor=actor, copy=copy)
