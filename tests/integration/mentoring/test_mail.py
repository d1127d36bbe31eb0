"""Mentors are told by mail whom they get and lose: in numbers, in their language, and with no student's name."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.utils import translation
from huey.contrib.djhuey import HUEY

from sms.accounts.models import User
from sms.mentoring import plan, queries
from sms.mentoring.actions import assign_pairs, reassign
from tests.conftest import rolled_back
from tests.integration.accounts.conftest import Mailbox

SITE = "https://mentorship.example.com/"

pytestmark = pytest.mark.usefixtures("queue_works_at_once")


def hand_over(cast: SimpleNamespace, *to: User) -> None:
    chosen = list(queries.with_load(queries.mentors().filter(pk__in=[each.pk for each in to])))
    guided = queries.guided_by(cast.mentor)
    shown = plan.handover(mentor=cast.mentor, students=guided, to=chosen)
    reassign(
        actor=cast.manager,
        mentor=cast.mentor,
        students=guided,
        to=chosen,
        fingerprint=shown.fingerprint,
        site=SITE,
    )


def by_address(mailbox: Mailbox) -> dict[str, tuple[str, str]]:
    found = {
        message["To"]: (message["Subject"], message.get_content().replace("\r\n", "\n")) for message in mailbox.messages
    }
    assert len(found) == len(mailbox.messages), "somebody got two mails"
    return found


def test_one_mail_a_mentor_and_act(cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox) -> None:
    pairs = [(cast.mentor2.pk, key) for key in (*react.keys, cast.enrolled.pk)]
    assign_pairs(actor=cast.manager, pairs=[*pairs, (react.small.pk, react.keys[0])], site=SITE)
    mails = by_address(mailbox)
    assert {address: subject for address, (subject, _text) in mails.items()} == {
        "mentor2@example.com": "6 students for you",
        "zara@example.com": "1 student for you",
    }
    text = mails["mentor2@example.com"][1]
    assert "6 students have been assigned to you:" in text
    assert "- Batch 12 · JavaScript basics: 1\n" in text
    assert "- Batch 12 · React from the start: 5\n" in text
    assert "https://mentorship.example.com/dashboard/mentor/" in text


def test_both_mentors_are_told_of_a_handover(cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox) -> None:
    assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys[:2]])
    hand_over(cast, cast.mentor2)
    mails = by_address(mailbox)
    assert {address: subject for address, (subject, _text) in mails.items()} == {
        "mentor@example.com": "3 of your students have another mentor",
        "mentor2@example.com": "3 students for you",
    }
    assert "You take over 3 students from Sadia Karim:" in mails["mentor2@example.com"][1]
    assert "- Batch 12 · React from the start: 2\n" in mails["mentor@example.com"][1]


def test_no_student_is_named_nor_reached(cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox) -> None:
    assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys])
    hand_over(cast, cast.mentor2, react.small)
    text = "".join(part for mail in by_address(mailbox).values() for part in mail)
    students = [cast.student, *(student.student for student in react.students)]
    told = [word for student in students for word in (student.name, student.email, student.phone) if word in text]
    assert (told, len(mailbox.messages)) == ([], 3)


def test_who_wants_no_mail_or_cannot_sign_in_gets_none(
    cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=cast.mentor2.pk).update(notify_by_email=False)
    User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
    assign_pairs(actor=cast.manager, pairs=[(cast.mentor2.pk, react.keys[0])], site=SITE)
    hand_over(cast, react.small)
    assert list(by_address(mailbox)) == ["zara@example.com"]


def test_in_the_mentors_language(cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox) -> None:
    User.objects.filter(pk=cast.mentor2.pk).update(language="bn")
    assign_pairs(actor=cast.manager, pairs=[(cast.mentor2.pk, react.keys[0])], site=SITE)
    [message] = mailbox.messages
    with translation.override("bn"):
        greeting = translation.gettext("Hello %(name)s,") % {"name": cast.mentor2.name}
    assert greeting in message.get_content()
    assert "Hello" not in message.get_content()


@pytest.mark.parametrize("why", ["nothing new", "nobody asks for it", "undone"])
def test_no_mail(cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox, why: str) -> None:
    HUEY.immediate = False
    before = HUEY.storage.queue_size()
    if why == "nothing new":
        assign_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, cast.enrolled.pk)], site=SITE)
    elif why == "nobody asks for it":
        assign_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, react.keys[0])])
    else:
        with rolled_back():
            assign_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, react.keys[0])], site=SITE)
            assert HUEY.storage.queue_size() == before + 1
    assert HUEY.storage.queue_size() == before


def test_the_link_leads_to_the_site_of_the_act(
    cast: SimpleNamespace, react: SimpleNamespace, mailbox: Mailbox, as_: Callable
) -> None:
    url = f"/missions/{react.mission.pk}/mentors/assign/"
    as_(cast.sre).post(url, {"mentor": cast.mentor2.pk, "students": react.keys[:1]})
    [message] = mailbox.messages
    [path] = re.findall(r"http://testserver(/\S+)", message.get_content())
    assert "Nila A" in as_(cast.mentor2).get(path).text
