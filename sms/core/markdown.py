"""Markdown that people write, as HTML that can stand on a page.

CommonMark without raw HTML and without images, and cleaned once more on the way out: what the first step
lets through by mistake, the second takes away.
"""

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"p", "br", "hr", "strong", "em", "ul", "ol", "li", "a", "code", "pre", "blockquote", "h4", "h5", "h6"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
REL = "nofollow noopener noreferrer"

# A page has its own h1 to h3, beneath which the text stands.
HEADINGS = {"h1": "h4", "h2": "h5", "h3": "h6", "h4": "h6", "h5": "h6", "h6": "h6"}

_reader = MarkdownIt("commonmark", {"html": False}).disable("image")


def to_html(text: str) -> SafeString:
    tokens = [_lowered(token) for token in _reader.parse(text)]
    html = _reader.renderer.render(tokens, _reader.options, {})
    return SafeString(nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=REL))


def _lowered(token: Token) -> Token:
    token.tag = HEADINGS.get(token.tag, token.tag)
    return token
