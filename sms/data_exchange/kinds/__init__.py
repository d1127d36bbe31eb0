"""The kinds of import and export, in the order in which a programme is filled: each refers only to those before it."""

from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.kinds.people import StaffKind, StudentKind

KINDS: dict[str, type[Kind]] = {kind.key: kind for kind in (StaffKind, StudentKind)}
