"""The XML of a workbook, read by events as it is unpacked, so that its size costs time and no memory."""

from collections.abc import Callable, Iterator
from typing import Protocol
from xml.parsers import expat

from sms.data_exchange.reading.archive import refuse_damaged

LONGEST_TAG = 1024 * 1024


class Reader(Protocol):
    """`root` is told the prefix of the document's names (mostly none) before the first start."""

    def root(self, prefix: str) -> None: ...
    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


def read(chunks: Iterator[bytes], reader: Reader) -> Iterator[None]:
    """Feeds the reader, and pauses after each piece. A document type is refused: it is where entity bombs live."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = _at_root(parser, reader)
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LONGEST_TAG:
                raise refuse_damaged()
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise refuse_damaged() from error


def _at_root(parser: expat.XMLParserType, reader: Reader) -> Callable[[str, dict[str, str]], None]:
    def start(name: str, attributes: dict[str, str]) -> None:
        prefix, colon, _local = name.rpartition(":")
        reader.root(prefix + colon)
        parser.StartElementHandler = reader.start
        reader.start(name, attributes)

    return start


def _refuse_document_type(*_arguments: object) -> None:
    raise refuse_damaged()


class Elements:
    """Collects the attributes of all elements, by local name: for the small parts of a workbook."""

    def __init__(self, chunks: Iterator[bytes], *, most: int = 100_000) -> None:
        self._most = most
        self._path: list[str] = []
        self.found: list[tuple[str, str, dict[str, str]]] = []
        for _piece in read(chunks, self):
            pass

    def root(self, prefix: str) -> None:
        pass

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        self.found.append(
            (
                self._path[-1] if self._path else "",
                local,
                {key.rpartition(":")[2]: attributes[key] for key in attributes},
            )
        )
        self._path.append(local)
        if len(self.found) > self._most:
            raise refuse_damaged()

    def end(self, name: str) -> None:
        self._path.pop()

    def text(self, data: str) -> None:
        pass

    def named(self, local: str, *, within: str | None = None) -> Iterator[dict[str, str]]:
        return (
            attributes
            for parent, name, attributes in self.found
            if name == local and (within is None or parent == within)
        )
