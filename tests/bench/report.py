"""The results: a table on screen and one JSON object a line (interface.md, `make bench`)."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is value by reference; without a `goal` the figure only informs and is always ok."""

    name: str
    value: float
    unit: str
    reference: float | str | None = None
    ratio: float | None = None
    goal: str | None = None
    ok: bool = True


def below(name: str, value: float, unit: str, limit: float, reference: str = "issue 2") -> Result:
    return Result(name, round(value, 3), unit, reference, round(value / limit, 3), f"< {limit:g}", value < limit)


def none_of(name: str, count: int, reference: str = "issue 2") -> Result:
    return Result(name, count, "", reference, None, "0", count == 0)


def write_json(results: Iterable[Result], path: Path) -> None:
    path.write_text("".join(json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in results))


def table(results: Iterable[Result]) -> str:
    headings = ("", "value", "unit", "reference", "ratio", "goal", "")
    rows = [headings] + [
        (
            result.name,
            f"{result.value:,.4g}" if result.value < 1000 else f"{result.value:,.0f}",
            result.unit,
            "" if result.reference is None else str(result.reference),
            "" if result.ratio is None else f"{result.ratio:.2f}",
            result.goal or "",
            "" if result.goal is None else "ok" if result.ok else "MISSED",
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
