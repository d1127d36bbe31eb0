"""What every kind of file is read as."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`line` is where the row begins: of a text its line, of a sheet its row, both from 1.

    `cells` end with the last that holds something, so a row may be shorter than the heading.
    """

    line: int
    cells: list[str]


class Source(ABC):
    """A file that has been found readable. `notes` are sentences that the person should know of."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @abstractmethod
    def rows(self) -> Iterator[SourceRow]:
        """All rows that hold something, streamed; each call begins anew. Raises FileRefused."""
