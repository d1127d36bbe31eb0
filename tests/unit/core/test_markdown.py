"""Markdown becomes a few plain elements; whatever else somebody writes stays text."""

import time

import pytest
from bs4 import BeautifulSoup

from sms.core.markdown import to_html


def test_what_guidelines_need() -> None:
    html = to_html("# Begin\n\nAsk **early** and *often*:\n\n3. one\n4. `two`\n\n> quoted\n\n```\na < b\n```\n\n- - -")
    assert html.split("\n") == [
        "<h4>Begin</h4>",
        "<p>Ask <strong>early</strong> and <em>often</em>:</p>",
        '<ol start="3">',
        "<li>one</li>",
        "<li><code>two</code></li>",
        "</ol>",
        "<blockquote>",
        "<p>quoted</p>",
        "</blockquote>",
        "<pre><code>a &lt; b",
        "</code></pre>",
        "<hr>",
        "",
    ]


def test_links_carry_what_strangers_links_must() -> None:
    link = BeautifulSoup(to_html('[docs](https://example.com/?a=1&b=2 "Docs")'), "html.parser").a
    assert link.attrs == {
        "href": "https://example.com/?a=1&b=2",
        "title": "Docs",
        "rel": ["nofollow", "noopener", "noreferrer"],
    }


@pytest.mark.parametrize("number", range(1, 7))
def test_headings_stand_beneath_those_of_the_page(number: int) -> None:
    assert to_html("#" * number + " Title").strip() in ("<h4>Title</h4>", "<h5>Title</h5>", "<h6>Title</h6>")


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    "<a href='https://x' onclick='alert(1)'>x</a>",
    '[x](https://x" onmouseover="alert(1))',
    '[x](https://x "t" onmouseover=alert(1) x="")',
    "<style>* { display: none }</style>",
    "<iframe src=https://evil.example></iframe>",
    "<svg/onload=alert(1)>",
    "<form action=/batches/><button>x</button></form>",
    "```html onload=alert(1)\n<script>x</script>\n```",
    "<!-- --><script>alert(1)</script> -->",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "\0<scr\0ipt>alert(1)</scr\0ipt>",
]
ALLOWED = {"p", "a", "code", "pre", "br", "strong", "em"}


@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_stay_text(text: str) -> None:
    found = BeautifulSoup(to_html(text), "html.parser").find_all(True)
    assert {element.name for element in found} <= ALLOWED
    for element in found:
        assert set(element.attrs) <= {"href", "title", "rel"}
        assert element.get("href", "https:").split(":")[0] in ("http", "https", "mailto")


@pytest.mark.parametrize("text", ["[" * 4000, "*" * 4000, "> " * 2000, "`" * 4000, "[a](" * 1000, "- " * 2000])
def test_no_text_of_a_field_takes_long(text: str) -> None:
    before = time.perf_counter()
    to_html(text)
    assert time.perf_counter() - before < 2
