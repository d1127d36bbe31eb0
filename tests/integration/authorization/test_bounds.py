"""Nobody gets more by an old invitation, an unconfirmed address or an indirect edit than they may have."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from sms.accounts.actions import register_student
from sms.accounts.models import StudentProfile, User
from sms.authorization import links
from sms.authorization.actions import create_role, deactivate_person, edit_person, invite_people, set_roles
from sms.authorization.models import Invitation
from sms.core import clock
from sms.dashboards.performance import performance_of
from tests.factories import UserFactory, attended

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]

SITE = "http://testserver/"
OWN, STRANGERS = "river of tea 9", "the strangers word 1"


def invited(cast: SimpleNamespace, email: str, role: str, by: User) -> Invitation:
    [invitation] = invite_people(actor=by, people=[("", email)], role_keys=[role], site=SITE).new
    invitation.refresh_from_db()
    return invitation


def accept(invitation: Invitation) -> None:
    invitation.refresh_from_db()
    Client().post(f"/invitations/accept/{links.token_of(invitation)}/", {"name": "Nila", "password": OWN})


def signs_in(email: str, password: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_a_stranger_who_registers_the_address_first_gains_nothing(cast: SimpleNamespace) -> None:
    invitation = invited(cast, "nila@example.com", "mentor", by=cast.manager)
    register_student(email="nila@example.com", name="Stranger", password=STRANGERS)
    accept(invitation)
    assert (signs_in("nila@example.com", STRANGERS), signs_in("nila@example.com", OWN)) == (False, True)


def test_an_invitation_gives_what_its_inviter_may_still_give(cast: SimpleNamespace, as_: Callable) -> None:
    invitation = invited(cast, "new@example.com", "admin", by=cast.admin)
    other = UserFactory(roles=("admin",))
    deactivate_person(actor=other, user=cast.admin)
    accept(invitation)
    assert not User.objects.filter(email="new@example.com", groups__role__key="admin").exists()


def test_who_is_no_longer_admin_sends_no_admin_again(cast: SimpleNamespace, as_: Callable) -> None:
    invitation = invited(cast, "new@example.com", "admin", by=cast.admin)
    UserFactory(roles=("admin",))
    set_roles(actor=None, user=cast.admin, role_keys=["manager"])
    with clock.frozen_at(clock.now() + timedelta(days=30)):
        as_(User.objects.get(pk=cast.admin.pk)).post(reverse("authorization:resend-invitation", args=[invitation.pk]))
        accept(invitation)
    assert not User.objects.filter(email="new@example.com", groups__role__key="admin").exists()


def test_correcting_a_name_confirms_no_address(cast: SimpleNamespace) -> None:
    person = register_student(email="new@example.com", name="Neew", password=STRANGERS)
    edit_person(actor=cast.admin, user=person, email="new@example.com", name="New", role_keys=[])
    assert not signs_in("new@example.com", STRANGERS)


def test_nobody_deactivates_a_person_above_them(cast: SimpleNamespace, as_: Callable) -> None:
    may = Permission.objects.filter(codename__in=("view_users", "manage_users"))
    create_role(actor=cast.admin, key="hr", title="HR", permissions=list(may))
    UserFactory(roles=("admin",))
    as_(UserFactory(roles=("hr",))).post(reverse("authorization:user-deactivate", args=[cast.admin.pk]))
    cast.admin.refresh_from_db()
    assert cast.admin.is_active


def test_who_has_left_is_nobody_to_approve(cast: SimpleNamespace, as_: Callable) -> None:
    StudentProfile.objects.filter(user=cast.student).update(status="left")
    cast.student.groups.clear()
    assert as_(cast.manager).post(reverse("authorization:approve", args=[cast.student.pk])).status_code == 404
    assert StudentProfile.objects.get(user=cast.student).status == "left"


def test_the_form_of_a_student_shows_no_contact_and_keeps_both(cast: SimpleNamespace, as_: Callable) -> None:
    User.objects.filter(pk=cast.student2.pk).update(phone="+8801712345678")
    url = reverse("dashboards:student-edit", args=[cast.student2.pk])
    page = as_(cast.sre).get(url).text
    assert not any(contact in page for contact in ("student2@example.com", "1712345678", "1712-345678"))
    data = {"name": "Tanvir H.", "email": "", "phone": "", "timezone": "Asia/Dhaka", "status": "active"}
    as_(cast.sre).post(url, data)
    student = User.objects.get(pk=cast.student2.pk)
    assert (student.name, student.email, student.phone) == ("Tanvir H.", "student2@example.com", "+8801712345678")
    as_(cast.sre).post(url, {**data, "no_phone": "on"})
    assert User.objects.get(pk=cast.student2.pk).phone == ""


def test_a_median_of_few_tells_a_mentor_nothing(cast: SimpleNamespace) -> None:
    day = clock.now().date()
    attended(cast.enrolled, "PPPP", day)
    attended(cast.enrolled2, "PAAA", day)
    [for_the_mentor], [for_the_manager] = (performance_of(cast.student, who) for who in (cast.mentor, cast.manager))
    assert (for_the_mentor.median_percent, for_the_manager.median_percent) == (None, 62)
