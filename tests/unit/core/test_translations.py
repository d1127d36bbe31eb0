"""Bangla says everything that English does: the catalogue is whole, sound, and compiled.

Nothing here needs the gettext tools. What is marked is found as makemessages finds it: Django turns a
template into calls of gettext, and ast reads the calls of Python.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

BASE = Path(settings.BASE_DIR)
CATALOGUE = BASE / "locale/bn/LC_MESSAGES/django.po"
BORROWED = BASE / "locale/bn/borrowed.po"
REMEDY = "run make messages and translate what is new in locale/bn/LC_MESSAGES/django.po, then run it again"

# Calls that mark a string, with the position of its context (None: it has none) and of the string itself.
MARKERS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), (None, 0)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0)),
    **dict.fromkeys(("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"), (0, 1)),
}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*[a-zA-Z]|%[a-z%]|\{\w*\}|</?\w[^>]*>")
ENDINGS = {".": "।", "?": "?", "!": "!", ":": ":", ",": ","}

Key = tuple[str, str]  # context, string


@dataclass
class Entry:
    """One message of a .po file."""

    fuzzy: bool = False
    texts: dict[str, str] = field(default_factory=dict)  # msgctxt, msgid, msgid_plural, msgstr, msgstr[0], …

    @property
    def key(self) -> Key:
        return self.texts.get("msgctxt", ""), self.texts["msgid"]

    @property
    def translations(self) -> list[str]:
        return [text for name, text in self.texts.items() if name.startswith("msgstr")]


def read_po(path: Path) -> list[Entry]:
    """The messages of a .po file, its header among them; obsolete ones (#~) are comments like any other."""
    entries: list[Entry] = []
    entry, name = Entry(), ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line.strip():
            if entry.texts:
                entries.append(entry)
            entry, name = Entry(), ""
        elif line.startswith("#"):
            entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
        else:
            word, _, rest = line.partition('"')
            name = word.strip() or name
            entry.texts[name] = entry.texts.get(name, "") + ast.literal_eval(f'"{rest}')
    return entries


@cache
def messages() -> list[Entry]:
    return [entry for entry in read_po(CATALOGUE) if entry.texts["msgid"]]


def marked_in_template(source: str) -> Iterator[Key]:
    for name, arguments in CALL_IN_TEMPLATE.findall(templatize(source)):
        context_at, text_at = MARKERS[name]
        texts = [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments, re.DOTALL)]
        yield "" if context_at is None else texts[context_at], texts[text_at]


def marked_in_python(source: str) -> Iterator[Key]:
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        context_at, text_at = MARKERS.get(names.get(called, called), (None, None))
        if text_at is None or len(node.args) <= text_at:
            continue
        texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if isinstance(texts[text_at], str):
            yield "" if context_at is None else texts[context_at], texts[text_at]


def test_every_marked_string_is_in_the_catalogue() -> None:
    known = {entry.key for entry in messages()}
    absent = []
    for folder in (BASE / "sms", BASE / "templates"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".html", ".txt"):
                marked = marked_in_template(path.read_text(encoding="utf-8"))
            elif path.suffix == ".py":
                marked = marked_in_python(path.read_text(encoding="utf-8"))
            else:
                continue
            absent += [
                f"{path.relative_to(BASE)}: {text!r}" for context, text in marked if (context, text) not in known
            ]
    absent += [f"{BORROWED.name}: {e.key[1]!r}" for e in read_po(BORROWED) if e.texts["msgid"] and e.key not in known]
    assert not absent, f"{REMEDY}:\n" + "\n".join(absent)


def test_every_message_is_translated() -> None:
    wanting = [e.key[1] for e in messages() if e.fuzzy or not e.translations or not all(e.translations)]
    assert not wanting, f"{REMEDY}:\n" + "\n".join(wanting)


def test_translations_keep_placeholders_and_tags() -> None:
    """In a plural, each form names what the English plural names."""
    wrong = []
    for entry in messages():
        expected = sorted(PLACEHOLDER.findall(entry.texts.get("msgid_plural", entry.texts["msgid"])))
        wrong += [f"{entry.key[1]}  ->  {t}" for t in entry.translations if sorted(PLACEHOLDER.findall(t)) != expected]
    assert not wrong, "\n".join(wrong)


def test_translations_begin_and_end_as_the_english_does() -> None:
    """Sentences are put together with spaces and names: a lost colon or full stop would show."""
    wrong = []
    for entry in messages():
        text = entry.key[1]
        for translation in entry.translations:
            same_ends = (text[:1].isspace(), text[-1:].isspace()) == (
                translation[:1].isspace(),
                translation[-1:].isspace(),
            )
            if not same_ends or not translation.endswith(ENDINGS.get(text[-1:], "")):
                wrong.append(f"{text}  ->  {translation}")
    assert not wrong, "\n".join(wrong)


def test_the_compiled_catalogue_says_what_the_po_file_says() -> None:
    """A bare machine has no msgfmt, so the .mo is in the tree."""
    expected: dict[str | tuple[str, int], str] = {}
    for entry in read_po(CATALOGUE):
        context, text = entry.key
        key = f"{context}\x04{text}" if context else text
        for name, translation in entry.texts.items():
            if name == "msgstr":
                expected[key] = translation
            elif name.startswith("msgstr["):
                expected[key, int(name[len("msgstr[") : -1])] = translation
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        actual = gettext.GNUTranslations(compiled)._catalog
    assert actual == expected, "the .mo is older than the .po: run make messages"


def test_plurals_follow_the_rule_of_django() -> None:
    """With another rule Django would keep two catalogues side by side and look in the wrong one for plurals."""
    header = read_po(CATALOGUE)[0].texts["msgstr"]
    assert "Language: bn\n" in header
    assert "Plural-Forms: nplurals=2; plural=(n != 1);\n" in header


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{% translate "Save 5%" %}', [("", "Save 5%%")]),
        ('{% translate "Save" context "a file" %}', [("a file", "Save")]),
        (
            "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
            [("", "%(n)s day")],
        ),
        ('{% button _("Don’t \\"save\\"") %}{{ name|default:_("nobody") }}', [("", 'Don’t "save"'), ("", "nobody")]),
        ("<p>{{ name }} _(no call</p>", []),
    ],
)
def test_the_reader_of_templates(source: str, expected: list[Key]) -> None:
    assert list(marked_in_template(source)) == expected


def test_the_reader_of_python() -> None:
    source = """
from django.utils.translation import gettext as say, pgettext_lazy
say("one " "two"); say(name); pgettext_lazy("when", "Until"); translation.ngettext("day", "days", n); other("no")
"""
    assert list(marked_in_python(source)) == [("", "one two"), ("when", "Until"), ("", "day")]
