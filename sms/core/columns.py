"""The columns of lists. A cell is drawn by a template, and exported as the plain value behind it."""

from collections.abc import Callable
from typing import Any

import django_tables2 as tables
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django_tables2.utils import Accessor

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}
STATE = {"td": {"class": "state"}}
ACTIONS = {"td": {"class": "actions"}}
CHOOSE = {"td": {"class": "choose"}, "th": {"class": "choose"}}

Plain = Callable[[Any], Any]


class FragmentColumn(tables.TemplateColumn):
    """Drawn by the template, which sees `record` and `value`; `plain` makes the exported value from the record."""

    def __init__(self, template_name: str, *, plain: Plain | None = None, **options: Any) -> None:
        super().__init__(template_name=template_name, **options)
        self.plain = plain

    def value(self, record: Model, value: Any) -> Any:
        return self.plain(record) if self.plain else value


class WhenColumn(FragmentColumn):
    """A moment as the distance from now, exported as the moment."""

    def __init__(self, **options: Any) -> None:
        super().__init__("components/when_cell.html", **options)


class DayColumn(FragmentColumn):
    def __init__(self, **options: Any) -> None:
        super().__init__("components/day_cell.html", **options)


class StateColumn(FragmentColumn):
    """Stands beside the title where the table has become cards."""

    def __init__(self, template_name: str, **options: Any) -> None:
        super().__init__(template_name, attrs=STATE, **options)


class NumberColumn(tables.Column):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, attrs=NUMBER, **options)


class PercentColumn(NumberColumn):
    """0–100, exported as the number."""

    def render(self, value: float) -> str:
        return f"{value:.0f}%"

    def value(self, value: float) -> float:
        return value


class ActionsColumn(FragmentColumn):
    """Buttons, which no file holds."""

    def __init__(self, template_name: str, **options: Any) -> None:
        super().__init__(
            template_name, attrs=ACTIONS, orderable=False, empty_values=(), exclude_from_export=True, **options
        )


class ChoiceColumn(FragmentColumn):
    """The box that chooses a row for a bulk action."""

    def __init__(self) -> None:
        super().__init__(
            "components/choose_cell.html",
            verbose_name=_("Choose"),
            attrs=CHOOSE,
            orderable=False,
            empty_values=(),
            exclude_from_export=True,
        )


def choosing() -> dict[str, Any]:
    """What a table is made with when its rows can be chosen."""
    return {"extra_columns": [("choose", ChoiceColumn())], "sequence": ("choose", "...")}


class PersonColumn(FragmentColumn):
    """A person with one line about them; exported is the name. `parts` gives what the cell shows of a record:
    `shown`, `detail` and, where it leads somewhere, `page`.
    """

    def __init__(self, parts: Callable[..., dict[str, Any]], **options: Any) -> None:
        super().__init__("components/person_cell.html", extra_context=parts, **options)


class StudentColumn(PersonColumn):
    """A student with the title of the mission. `through` leads from the record to the mission enrollment."""

    def __init__(self, *, through: str = "", **options: Any) -> None:
        self.through = Accessor(through)
        name = "enrollment__student__name"
        options.setdefault("accessor", f"{through}__{name}" if through else name)
        super().__init__(self.parts, **options)

    def parts(self, record: Model) -> dict[str, Any]:
        student = self.through.resolve(record) if self.through else record
        return {
            "shown": student.enrollment.student,
            "detail": student.mission.title,
            "page": student.get_absolute_url(),
        }
