"""What a student may hand in: whether by link or by file, and what a link has to be."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from sms.assignments.choices import Way
from sms.assignments.models import Assignment, Evidence
from sms.core.problems import Refused
from sms.core.uploads import UploadKind

FILE_KINDS = tuple(UploadKind)
LINK_LENGTH = Evidence._meta.get_field("link").max_length


def check_way(assignment: Assignment, *, link: str, has_file: bool) -> None:
    """Whether work may come in this way."""
    if assignment.way == Way.LINK and (has_file or not link):
        raise Refused(_("Hand in a link: this assignment takes no files."))
    if assignment.way == Way.FILE and (link or not has_file):
        raise Refused(_("Hand in a file: this assignment takes no links."))
    if not link and not has_file:
        raise Refused(_("Give a link or choose a file."))


def check_link(link: str) -> None:
    """Only what a browser opens as a page, and without a password in it."""
    if not link:
        return
    if len(link) > LINK_LENGTH:
        raise Refused(_("The link is longer than %(n)d characters. Give a shorter one.") % {"n": LINK_LENGTH})
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() or c < " " for c in link):
        raise Refused(_("Give a whole link that begins with https:// or http://."))
    if parts.username or parts.password:
        raise Refused(_("The link contains a password. Give one that works without it."))
