"""Inviting people: who may invite whom, what the link does, and that a person invited twice is one person."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import Message

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client
from huey.contrib.djhuey import HUEY

from sms.accounts.actions import register_student, remember_verified_address
from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization import actions, links, queries
from sms.authorization.models import Invitation
from sms.core import clock
from sms.core.problems import Refused
from tests.factories import UserFactory
from tests.integration.accounts.conftest import mailbox

__all__ = ["mailbox"]

REFRESH = {"HX-Request": "true", "HX-Target": "list"}
SITE = "http://testserver/"
PASSWORD = "river of tea 9"


@pytest.fixture
def queue_works_at_once() -> Iterator[None]:
    HUEY.immediate = True
    yield
    HUEY.immediate = False


def invite(actor: User, *people: str, role: str = "student") -> list[Invitation]:
    pairs = [("Nila Akter", email) for email in people]
    return actions.invite_people(actor=actor, people=pairs, role_keys=[role], site=SITE).new


def link_of(invitation: Invitation) -> str:
    invitation.refresh_from_db()
    return f"/invitations/accept/{links.token_of(invitation)}/"


def role_keys(user: User) -> list[str]:
    return sorted(user.groups.values_list("role__key", flat=True))


def link_in(message: Message) -> str:
    [line] = [line for line in message.get_content().splitlines() if "/invitations/accept/" in line]
    return line.removeprefix("http://testserver")


# --- From the form to the first page


def test_many_are_invited_and_one_comes_in(
    cast, as_, mailbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    pasted = 'Nila Akter <Nila@Example.com>\r\n\r\nomar@example.com,\n"Rahman, Arif" <arif2@example.com>\n'
    client = as_(cast.manager)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/invitations/new/", {"people": pasted, "role_keys": ["student", "mentor"]})
    assert response["Location"] == "/invitations/"
    assert "3 people get a mail." in client.get("/invitations/").text
    assert list(Invitation.objects.order_by("email").values_list("name", "email", "role_keys")) == [
        ("Rahman, Arif", "arif2@example.com", ["mentor", "student"]),
        ("Nila Akter", "nila@example.com", ["mentor", "student"]),
        ("", "omar@example.com", ["mentor", "student"]),
    ]

    [mail] = [message for message in mailbox.messages if message["To"] == "nila@example.com"]
    assert mail["Subject"] == "You are invited to Mentorship"
    assert "Mahmuda Manager invites you to Mentorship (Mentor, Student)." in mail.get_content()
    newcomer = Client()
    page = newcomer.get(link_in(mail)).text
    assert ("nila@example.com" in page, 'value="Nila Akter"' in page) == (True, True)
    response = newcomer.post(link_in(mail), {"name": "Nila  A.", "password": PASSWORD})
    assert response["Location"] == "/"
    assert newcomer.get("/")["Location"] == "/dashboard/mentor/", "signed in, approved, and no mail to confirm"

    nila = User.objects.get(email="nila@example.com")
    assert (nila.name, role_keys(nila), nila.student_profile.status) == ("Nila A.", ["mentor", "student"], "active")
    assert nila.check_password(PASSWORD)
    assert list(EmailAddress.objects.filter(user=nila).values_list("email", "verified")) == [(nila.email, True)]
    invitation = Invitation.objects.get(email=nila.email)
    assert (invitation.state, invitation.accepted_by) == ("accepted", nila)
    about = Event.objects.filter(subject_type="accounts.user", subject_id=nila.pk).exclude(verb="signed in")
    assert list(about.order_by("pk").values_list("actor_name", "verb")) == [
        ("The system", "created"),
        ("The system", "changed the roles of"),
        ("Nila A.", "accepted the invitation"),
    ]


def test_all_faults_are_told_at_once_and_nobody_is_invited(cast, as_) -> None:
    pasted = "good@example.com\nno address\n\n<also@bad>\n"
    response = as_(cast.sre).post("/invitations/new/", {"people": pasted, "role_keys": ["student"]})

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "people": ["Line 2: “no address” is not an address.", "Line 4: “<also@bad>” is not an address."]
    }
    assert pasted.splitlines()[0] in response.text, "nothing is lost from the form"
    assert not Invitation.objects.exists()


def test_a_whole_programme_is_not_pasted_by_mistake(cast, as_) -> None:
    pasted = "\n".join(f"p{n}@example.com" for n in range(501))
    response = as_(cast.sre).post("/invitations/new/", {"people": pasted, "role_keys": ["student"]})
    assert (response.status_code, Invitation.objects.count()) == (422, 0)


def test_who_is_here_or_was_invited_is_named_and_left_as_they_are(cast, as_, mailoutbox) -> None:
    invite(cast.sre, "before@example.com")
    client = as_(cast.manager)
    pasted = "STUDENT@example.com\nbefore@example.com\nBefore@example.com\nnew@example.com"
    client.post("/invitations/new/", {"people": pasted, "role_keys": ["mentor"]})

    page = client.get("/invitations/").text
    assert "1 person gets a mail." in page
    assert "Here already, and left as they are: Arif Rahman." in page
    assert "Invited before; send it again from the list: Nila Akter." in page
    assert role_keys(cast.student) == ["student"]
    assert list(Invitation.objects.order_by("email").values_list("email", "role_keys")) == [
        ("before@example.com", ["student"]),
        ("new@example.com", ["mentor"]),
    ]


# --- Who may invite whom


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("admin", {"admin", "developer", "manager", "sre", "mentor", "student"}),
        ("manager", {"mentor", "student"}),
        ("sre", {"student"}),
        ("mentor", set()),
        ("developer", set()),
    ],
)
def test_each_role_invites_to_its_own_bound(cast, as_, who: str, roles: set[str]) -> None:
    person = getattr(cast, who)
    assert queries.roles_invitable_by(person) == roles
    for role in ("admin", "manager", "sre", "mentor", "student"):
        if role not in roles:
            with pytest.raises(Refused, match="cannot invite to these roles"):
                invite(person, "new@example.com", role=role)
    if roles:
        response = as_(person).post("/invitations/new/", {"people": "new@example.com", "role_keys": ["king"]})
        assert response.status_code == 422


@pytest.mark.parametrize("who", ["developer", "mentor", "student", "nobody"])
@pytest.mark.parametrize("page", ["/invitations/", "/invitations/new/"])
def test_others_do_not_invite(cast, as_, who: str, page: str) -> None:
    assert as_(getattr(cast, who)).get(page).status_code == 403
    entered = {"people": "new@example.com", "role_keys": ["student"]}
    assert as_(getattr(cast, who)).post("/invitations/new/", entered).status_code == 403


def test_an_invitation_is_seen_by_who_sent_it_and_by_admins(cast, as_) -> None:
    """It shows an address, and a manager may not see those of students."""
    [mine], [theirs] = invite(cast.manager, "mine@example.com"), invite(cast.sre, "theirs@example.com")
    managers, admins = (as_(who).get("/invitations/") for who in (cast.manager, cast.admin))
    assert [row.record for row in managers.context["table"].rows] == [mine]
    assert "theirs@example.com" not in managers.text
    assert admins.context["total"] == 2
    for act in ("resend", "revoke"):
        assert as_(cast.manager).post(f"/invitations/{theirs.pk}/{act}/").status_code == 404
        assert as_(cast.manager).get(f"/invitations/{mine.pk}/{act}/").status_code == 405


# --- The link


def test_a_link_works_once(cast) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    link = link_of(invitation)
    Client().post(link, {"name": "Nila", "password": PASSWORD})
    for answer in (Client().get(link), Client().post(link, {"name": "Thief", "password": "stolen river 9"})):
        assert "This invitation has been accepted already." in answer.text
    nila = User.objects.get(email="nila@example.com")
    assert (nila.name, nila.check_password(PASSWORD)) == ("Nila", True)


def test_a_link_expires_and_is_renewed(cast, as_) -> None:
    with clock.frozen_at(clock.now() - timedelta(days=15)):
        [invitation] = invite(cast.sre, "nila@example.com")
    old = link_of(invitation)
    assert "This invitation has expired. Ask for a new one." in Client().get(old).text
    assert "This invitation has expired" in Client().post(old, {"name": "Nila", "password": PASSWORD}).text

    as_(cast.sre).post(f"/invitations/{invitation.pk}/resend/")
    assert "A newer link was sent after this one." in Client().get(old).text
    assert Client().post(link_of(invitation), {"name": "Nila", "password": PASSWORD})["Location"] == "/"
    assert Invitation.objects.count() == 1


def test_a_link_that_was_taken_back_says_so(cast, as_) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    client = as_(cast.sre)
    for _press in range(2):
        assert client.post(f"/invitations/{invitation.pk}/revoke/")["Location"] == "/invitations/"
    assert "This invitation has been taken back." in Client().get(link_of(invitation)).text
    assert Event.objects.filter(verb="took back the invitation of").count() == 1
    client.post(f"/invitations/{invitation.pk}/resend/")
    assert "This invitation has been taken back." in client.get("/invitations/").text
    assert [again.pk for again in invite(cast.sre, "nila@example.com")] != [invitation.pk], "and can be sent anew"


@pytest.mark.parametrize("token", ["x", "WzEsMV0:1abc:forged"])
def test_a_link_that_is_not_ours_lets_nobody_in(cast, token: str) -> None:
    invite(cast.sre, "nila@example.com")
    for answer in (Client().get(f"/invitations/accept/{token}/"), Client().post(f"/invitations/accept/{token}/")):
        assert "This link is not whole." in answer.text
    assert not User.objects.filter(email="nila@example.com").exists()


def test_looking_at_the_link_accepts_nothing(cast) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    Client().get(link_of(invitation))
    invitation.refresh_from_db()
    assert (invitation.state, User.objects.filter(email="nila@example.com").exists()) == ("open", False)


@pytest.mark.parametrize(
    ("entered", "field"),
    [({"name": "", "password": PASSWORD}, "name"), ({"name": "Nila", "password": "123"}, "password")],
)
def test_a_weak_password_and_no_name_are_refused(cast, entered: dict, field: str) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    response = Client().post(link_of(invitation), entered)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert not User.objects.filter(email="nila@example.com").exists()


# --- One person


def test_who_registered_meanwhile_keeps_their_password_and_is_let_in(cast) -> None:
    [invitation] = invite(cast.manager, "nila@example.com", role="mentor")
    nila = register_student(email="nila@example.com", name="Nila R.", password=PASSWORD)
    remember_verified_address([nila])  # they opened the link of the confirmation mail
    assert "You have an account with nila@example.com already." in Client().get(link_of(invitation)).text
    client = Client()
    assert client.post(link_of(invitation))["Location"] == "/accounts/login/"

    nila.refresh_from_db()
    assert (nila.name, nila.check_password(PASSWORD), role_keys(nila)) == ("Nila R.", True, ["mentor"])
    assert "_auth_user_id" not in client.session, "they sign in with what they have, second step included"


def test_a_password_chosen_before_the_address_was_confirmed_opens_nothing(cast) -> None:
    [invitation] = invite(cast.manager, "nila@example.com", role="mentor")
    nila = register_student(email="nila@example.com", name="Somebody else", password="not of nila 77")
    assert "You have an account" not in Client().get(link_of(invitation)).text
    Client().post(link_of(invitation), {"name": "Nila Akter", "password": PASSWORD})
    nila.refresh_from_db()
    assert (nila.name, nila.check_password(PASSWORD), nila.check_password("not of nila 77")) == (
        "Nila Akter",
        True,
        False,
    )


def test_who_waits_for_approval_is_approved_by_an_invitation_as_a_student(cast) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    nila = register_student(email="nila@example.com", name="Nila R.", password=PASSWORD)
    Client().post(link_of(invitation), {"name": "Nila R.", "password": PASSWORD})
    nila.student_profile.refresh_from_db()
    assert (nila.student_profile.status, role_keys(nila)) == ("active", ["student"])


def test_who_came_by_an_import_is_completed(cast) -> None:
    [invitation] = invite(cast.manager, "nila@example.com", role="mentor")
    [nila] = actions.create_people(
        actor=cast.admin, people=[actions.NewPerson("nila@example.com", "Nila", ["student"], "+8801712345678")]
    )
    Client().post(link_of(invitation), {"name": "Nila Akter", "password": PASSWORD})
    nila.refresh_from_db()
    assert (nila.name, nila.phone, nila.check_password(PASSWORD)) == ("Nila Akter", "+8801712345678", True)
    assert role_keys(nila) == ["mentor", "student"]
    assert User.objects.filter(email="nila@example.com").count() == 1


def test_a_deactivated_account_is_not_opened_by_an_old_link(cast) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    UserFactory(email="nila@example.com", is_active=False)
    response = Client().post(link_of(invitation), {"name": "Nila", "password": PASSWORD})
    assert (response.status_code, "This account has been deactivated." in response.text) == (422, True)
    invitation.refresh_from_db()
    assert invitation.state == "open"


def test_the_database_keeps_one_open_invitation_for_an_address(cast) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    values = {"email": invitation.email, "role_keys": ["student"], "created_at": clock.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(**values, expires_at=clock.now() + timedelta(days=1))
    actions.revoke_invitation(actor=cast.sre, invitation=invitation)
    Invitation.objects.create(**values, expires_at=clock.now() + timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_people_at_once_invite_them_once(cast, at_once) -> None:
    def send(actor: User) -> tuple[int, int]:
        people = [("", f"p{n}@example.com") for n in range(20)]
        invited = actions.invite_people(actor=actor, people=people, role_keys=["student"], site=SITE)
        return len(invited.new), len(invited.before)

    results = at_once(send, [cast.sre, cast.manager])
    assert sum(new for new, _before in results) == 20
    assert sum(before for _new, before in results) == 20
    assert Invitation.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_a_link_pressed_twice_at_once_makes_one_person(cast, at_once) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")
    link = link_of(invitation)
    entered = [{"name": name, "password": f"{PASSWORD} {name}"} for name in ("One", "Two")]
    answers = at_once(lambda form: Client().post(link, form).status_code, entered)

    assert sorted(answers) in ([302, 422], [200, 302])
    nila = User.objects.get(email="nila@example.com")
    assert nila.check_password(f"{PASSWORD} {nila.name}"), "name and password of the same press"


@pytest.mark.django_db(transaction=True)
def test_registering_and_accepting_at_once_make_one_person(cast, at_once) -> None:
    [invitation] = invite(cast.sre, "nila@example.com")

    def act(which: str) -> str:
        try:
            if which == "register":
                register_student(email="nila@example.com", name="Nila", password=PASSWORD)
            else:
                actions.accept_invitation(invitation=invitation, name="Nila", password=PASSWORD)
        except Refused as refusal:
            return refusal.sentence
        return ""

    at_once(act, ["register", "accept"])
    assert User.objects.filter(email="nila@example.com").count() == 1


# --- The list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["accepted", "expired", "open", "revoked"]),
        ("?state=open", ["open"]),
        ("?state=expired", ["expired"]),
        ("?state=accepted", ["accepted"]),
        ("?state=revoked", ["revoked"]),
        ("?role=mentor", ["open"]),
        ("?q=EXPIRED@", ["expired"]),
    ],
)
def test_invitations_are_found(cast, as_, query: str, found: list[str]) -> None:
    with clock.frozen_at(clock.now() - timedelta(days=20)):
        invite(cast.sre, "expired@example.com")
    [accepted] = invite(cast.sre, "accepted@example.com")
    actions.accept_invitation(invitation=accepted, name="A", password=PASSWORD)
    [revoked] = invite(cast.sre, "revoked@example.com")
    actions.revoke_invitation(actor=cast.sre, invitation=revoked)
    invite(cast.manager, "open@example.com", role="mentor")

    response = as_(cast.admin).get(f"/invitations/{query}")
    assert sorted(row.record.email.split("@")[0] for row in response.context["table"].rows) == found
    assert response.text.count("/resend/") == len({"open", "expired"} & set(found))


def test_a_mail_is_not_sent_for_an_invitation_that_was_taken_back_meanwhile(cast, mailoutbox) -> None:
    from sms.authorization.tasks import send_link

    [invitation] = invite(cast.sre, "nila@example.com")
    actions.revoke_invitation(actor=cast.sre, invitation=invitation)
    send_link.call_local(invitation.pk, SITE)
    assert mailoutbox == []
