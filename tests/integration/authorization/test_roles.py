import pytest
from django.contrib.auth.models import Permission

from sms.audit.models import Event
from sms.authorization.actions import create_role, set_roles
from sms.authorization.models import Role
from sms.authorization.queries import SITE_APPS

REFRESH = {"HX-Request": "true", "HX-Target": "list"}


def keys(*codenames: str) -> list[int]:
    return list(Permission.objects.filter(codename__in=codenames).values_list("pk", flat=True))


def codenames(role: Role) -> set[str]:
    return set(role.group.permissions.values_list("codename", flat=True))


def test_the_list_counts_people_and_leads_to_them(cast, as_) -> None:
    page = as_(cast.admin).get("/roles/")
    counts = {row.record.key: row.record.people for row in page.context["table"].rows}

    assert counts == {"admin": 1, "developer": 1, "manager": 1, "sre": 2, "mentor": 2, "student": 2}
    assert 'href="/users/?role=sre"' in page.content.decode()


def test_an_admin_edits_what_a_role_may_do_and_it_counts_at_once(cast, as_) -> None:
    mentor = as_(cast.mentor)
    assert mentor.get("/approvals/").status_code == 403
    before = codenames(Role.objects.get(key="mentor"))
    entered = {"title": "Guide", "permissions": keys(*before, "approve_students")}
    assert as_(cast.admin).post("/roles/mentor/", entered)["Location"] == "/roles/"

    role = Role.objects.get(key="mentor")
    assert (role.title, role.edited, codenames(role)) == ("Guide", True, before | {"approve_students"})
    assert Event.objects.get(verb="edited the role").data == {"added": ["approve_students"], "removed": []}
    assert mentor.get("/approvals/").status_code == 200


def test_the_form_groups_the_permissions_and_ticks_what_is_given(cast, as_) -> None:
    page = as_(cast.admin).get("/roles/mentor/").content.decode()

    assert page.count(" checked") == len(codenames(Role.objects.get(key="mentor")))
    assert [page.count("<fieldset"), page.count("<legend")] == [len(SITE_APPS)] * 2


def test_the_admin_role_keeps_the_key_to_itself(cast, as_) -> None:
    response = as_(cast.admin).post("/roles/admin/", {"title": "Admin", "permissions": keys("view_users")})

    assert response.status_code == 422
    assert "must keep the permission to edit roles" in response.content.decode()
    assert "manage_roles" in codenames(Role.objects.get(key="admin"))


def test_an_admin_makes_a_role_of_their_own(cast, as_) -> None:
    entered = {"title": "Auditor", "key": "auditor", "permissions": keys("view_events")}
    client = as_(cast.admin)
    assert client.post("/roles/new/", entered)["Location"] == "/roles/"
    assert client.post("/roles/new/", entered).status_code == 422

    set_roles(actor=cast.admin, user=cast.nobody, role_keys=["auditor"])
    assert as_(cast.nobody).get("/audit/").status_code == 200
    assert Role.objects.filter(key="auditor").count() == 1


@pytest.mark.parametrize(
    "entered",
    [{"title": "", "key": "x"}, {"title": "X", "key": "not a key"}, {"title": "X", "key": "x", "permissions": [0]}],
)
def test_a_mistake_makes_no_role(cast, as_, entered: dict) -> None:
    assert as_(cast.admin).post("/roles/new/", entered).status_code == 422
    assert Role.objects.count() == 6


def test_permissions_of_other_packages_cannot_be_given(cast, as_) -> None:
    foreign = Permission.objects.filter(content_type__app_label="sessions").first()
    response = as_(cast.admin).post("/roles/mentor/", {"title": "Mentor", "permissions": [foreign.pk]})

    assert response.status_code == 422


@pytest.mark.parametrize("role", ["developer", "manager", "sre", "mentor", "student", "nobody"])
@pytest.mark.parametrize("path", ["/roles/", "/roles/new/", "/roles/mentor/"])
def test_roles_are_for_admins_alone(cast, as_, role: str, path: str) -> None:
    assert as_(getattr(cast, role)).get(path).status_code == 403


def test_a_person_with_several_roles_switches(cast, as_) -> None:
    set_roles(actor=cast.admin, user=cast.mentor, role_keys=["mentor", "sre"])
    client = as_(cast.mentor)
    for _press in range(2):
        assert client.post("/roles/switch/", {"role": "sre"})["Location"] == "/"
    cast.mentor.refresh_from_db()
    assert cast.mentor.active_role_key == "sre"


@pytest.mark.parametrize("role", ["admin", "", "king"])
def test_nobody_switches_to_a_role_that_they_do_not_hold(cast, as_, role: str) -> None:
    response = as_(cast.mentor).post("/roles/switch/", {"role": role})

    assert response.status_code == 422
    assert "You do not hold that role." in response.content.decode()
    cast.mentor.refresh_from_db()
    assert cast.mentor.active_role_key == ""


@pytest.mark.parametrize("extra", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(cast, as_, django_assert_num_queries, extra: int) -> None:
    for number in range(extra):
        create_role(actor=cast.admin, key=f"r{number}", title=f"R {number}", permissions=Permission.objects.all()[:5])
    client = as_(cast.admin)

    with django_assert_num_queries(6):
        assert client.get("/roles/", headers=REFRESH).context["total"] == 6 + extra
