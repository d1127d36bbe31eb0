"""What a kind of import is: its columns, how its rows are found and compared, and which actions write them.

A kind is a Resource of django-import-export: it declares its columns as fields with widgets, and exports through
them. What is ours is the way of a file: the package goes row by row through get, save and diff, at two to three
queries a row; here a chunk of rows is cleaned, looked up by one query, compared, and written by the bulk form of an
action (docs/adr/0009). Nothing writes around the actions.

Values are canonical and fit into JSON: text, numbers, lists. What a column of the database holds, what a file says and
what a preview shows compare as equal exactly when nothing would change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Resource
from import_export.widgets import Widget

from sms.accounts.models import User

Key = tuple[str, ...]
Values = dict[str, Any]

FAULT, WARNING = "fault", "warning"


class Column(Field):
    """A column of a kind. `needed` says that a new row must have it; `clearable` that `<clear>` may empty it.

    The canonical value of an emptied column is `empty`.
    """

    def __init__(self, widget: Widget, *, needed: bool = False, clearable: bool = False, empty: Any = "") -> None:
        super().__init__(widget=widget)
        self.needed = needed
        self.clearable = clearable
        self.empty = empty

    def export(self, instance: Values, **_options: Any) -> str:
        return self.widget.render(instance[self.column_name])


@dataclass(slots=True)
class Draft:
    """A row of the file on its way to becoming a row of the plan."""

    line: int
    cells: list[str]
    texts: dict[str, str]
    values: Values = field(default_factory=dict)
    cleaned: dict[str, str] = field(default_factory=dict)
    messages: list[tuple[str, str, str, str]] = field(default_factory=list)
    is_rejected: bool = False
    skipped: str = ""  # why the format of the file says that the row is no data

    def reject(self, column: str, sentence: str) -> None:
        """All faults of a row are told in one go, so a rejected row goes on being looked at."""
        self.messages.append((column, self.texts.get(column, ""), str(sentence), FAULT))
        self.is_rejected = True

    def warn(self, column: str, sentence: str) -> None:
        self.messages.append((column, self.texts.get(column, ""), str(sentence), WARNING))

    @property
    def is_warned(self) -> bool:
        return any(level == WARNING for *_rest, level in self.messages)


@dataclass(frozen=True, slots=True)
class Existing:
    """What stands in the database under a key: the object, or whatever the actions need, and the canonical values."""

    ref: Any
    values: Values


@dataclass(frozen=True, slots=True)
class Change:
    """`values` holds only the columns that get another value, and that value."""

    existing: Existing
    values: Values


def columns_of(values: Values) -> Values:
    """The values without the notes of the kind."""
    return {name: value for name, value in values.items() if not name.startswith("_")}


def notes_of(values: Values) -> Values:
    return {name: value for name, value in values.items() if name.startswith("_")}


class Kind(Resource):
    """One kind, for one importing person. It may keep what it looked up: an instance serves one plan or application."""

    key: ClassVar[str]
    label: ClassVar[Promise | str]
    key_columns: ClassVar[tuple[str, ...]]
    import_permissions: ClassVar[tuple[str, ...]]  # all of them are needed
    export_permissions: ClassVar[tuple[str, ...]]
    student_column: ClassVar[str] = ""  # the part of the key that a student number can stand in for
    has_contacts: ClassVar[bool] = True  # an export tells addresses or phones, so it is logged
    can_undo: ClassVar[bool] = True
    occasion: str = ""  # what the history calls the run, for what keeps a reason

    applied_at: datetime | None = None  # of a plan that takes an import back: when that import was applied
    is_restoring = False  # an undo is being applied: values go back where no rule of its own would move them

    def __init__(self, actor: User | None) -> None:
        super().__init__()
        self.actor = actor

    @classmethod
    def may_import(cls, user: User) -> bool:
        return all(user.has_perm(permission) for permission in cls.import_permissions)

    @classmethod
    def may_export(cls, user: User) -> bool:
        return all(user.has_perm(permission) for permission in cls.export_permissions)

    # --- Reading

    def key_of(self, values: Values) -> Key:
        return tuple(str(values[column]) for column in self.key_columns)

    def readable_key(self, values: Values) -> str:
        return " · ".join(str(values[column]) for column in self.key_columns if values.get(column))

    def resolve(self, drafts: Sequence[Draft]) -> None:
        """Rejects rows that name what does not exist. Only for drafts whose key could be read."""

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        """What stands under these keys, in a number of queries that does not depend on theirs.

        With `lock` nobody else changes it until the end of the transaction.
        """
        raise NotImplementedError

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        """Rejects rows that may not change what stands there, or may not be created."""

    def defaults(self, values: Values) -> Values:
        """All columns of a new row, with what it does not say.

        Under names with a leading underscore a kind may note what its removal, in an undo, will need to know.
        """
        return {name: values.get(name, column.empty) for name, column in self.fields.items()}

    def merge(self, column: str, before: Any, given: Any) -> Any:
        """The value after a file says `given`: itself, except in a column that only ever adds."""
        return given

    def count(self) -> int:
        """How many rows of this kind there are: what a share of them is measured against."""
        raise NotImplementedError

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        """The rows of an export as far as the person may see them, streamed, in the order of the key."""
        raise NotImplementedError

    # --- Writing, by the bulk forms of the actions

    def create(self, rows: Sequence[Values]) -> None:
        raise NotImplementedError

    def change(self, changes: Sequence[Change]) -> None:
        raise NotImplementedError

    def remove(self, existing: Sequence[Existing]) -> None:
        """Takes away what an import has created."""
        raise NotImplementedError

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        """Why some of them cannot be taken away any more: they have been used since."""
        return {}

    def cannot_return(self, changes: Sequence[Change]) -> dict[Key, str]:
        """Why some of them cannot get their previous values back: these would break something that came since."""
        return {}

    # --- Values

    def after(self, before: Values, given: Values) -> Values:
        """What the given columns hold after the row is applied."""
        return {name: self.merge(name, before[name], value) for name, value in given.items()}

    def shown(self, column: str, value: Any) -> str:
        """A canonical value as people and files read it."""
        return self.fields[column].widget.shown(value)

    def check_needed(self, drafts: Iterable[Draft]) -> None:
        """Rejects new rows that lack what a new row must have."""
        for draft in drafts:
            for name, column in self.fields.items():
                if column.needed and not draft.values.get(name) and not any(m[0] == name for m in draft.messages):
                    draft.reject(name, _("A new row needs this. Fill in the cell."))
