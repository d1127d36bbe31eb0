"""The bulk forms of acts on people: what they leave, what they refuse, what they cost."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.accounts.models import StudentProfile, User
from sms.audit.models import Event
from sms.authorization import actions, queries
from sms.authorization.actions import NewPerson
from sms.core.problems import Refused
from tests.factories import EnrollmentFactory, StudentFactory, UserFactory

NILA = NewPerson("Nila@Example.com ", "Nila  Akter", ["student"], "+8801712345678", "ঢাকা", "S-1", "Asia/Kolkata")
OMAR = NewPerson("omar@example.com", "Omar", ["mentor", "sre"])
WAITING = NewPerson("wait@example.com", "Wasif", ["student", "mentor"], status="waiting")


def role_keys(user: User) -> list[str]:
    return sorted(user.groups.values_list("role__key", flat=True))


def events_about(user: User) -> list[tuple[str, dict]]:
    return list(
        Event.objects.filter(subject_type="accounts.user", subject_id=user.pk)
        .order_by("pk")
        .values_list("verb", "data")
    )


def queries_of(function, *args, **options) -> int:
    with CaptureQueriesContext(connection) as captured:
        function(*args, **options)
    return len(captured)


# --- Creating


def test_people_are_created_with_all_that_belongs_to_them(cast) -> None:
    users = actions.create_people(actor=cast.admin, people=[NILA, OMAR, WAITING])

    nila, omar, wasif = (User.objects.get(pk=user.pk) for user in users)
    assert (nila.email, nila.name, nila.phone, nila.timezone) == (
        "nila@example.com",
        "Nila Akter",
        "+8801712345678",
        "Asia/Kolkata",
    )
    assert (omar.timezone, omar.has_usable_password(), omar.is_active) == ("Asia/Dhaka", False, True)
    assert [role_keys(user) for user in (nila, omar, wasif)] == [["student"], ["mentor", "sre"], ["mentor"]]
    assert list(
        StudentProfile.objects.filter(user__in=users).order_by("user").values_list("student_id", "city", "status")
    ) == [("S-1", "ঢাকা", "active"), (None, "", "waiting")]
    assert list(
        EmailAddress.objects.filter(user__in=users).order_by("user").values_list("email", "verified", "primary")
    ) == [(user.email, True, True) for user in (nila, omar, wasif)]
    assert events_about(nila) == [("created", {})]
    users[0].name = "Renamed"
    users[0].save()
    assert User.objects.get(pk=nila.pk).name == "Renamed", "what is returned can be saved again"


@pytest.mark.parametrize(
    "faulty",
    [
        NewPerson("MENTOR@example.com", "Again", ["student"]),
        NewPerson("nila@example.com", "Twice in the list", ["student"]),
        NewPerson("new@example.com", "Same number", ["student"], student_id="S-1"),
    ],
)
def test_all_or_nobody(cast, faulty: NewPerson) -> None:
    before = User.objects.count(), Event.objects.count()
    with pytest.raises(Refused):
        actions.create_people(actor=cast.admin, people=[NILA, faulty])
    assert (User.objects.count(), Event.objects.count()) == before


def test_an_address_on_its_way_to_someone_else_is_taken_by_its_new_owner(cast) -> None:
    EmailAddress.objects.create(user=cast.mentor, email="omar@example.com", verified=False)
    (omar,) = actions.create_people(actor=cast.admin, people=[OMAR])

    assert list(EmailAddress.objects.filter(email="omar@example.com").values_list("user", flat=True)) == [omar.pk]


def test_creating_costs_the_same_for_one_and_for_many(cast) -> None:
    def create(count: int, letter: str) -> int:
        people = [NewPerson(f"{letter}{n}@example.com", f"N {n}", ["student", "mentor"]) for n in range(count)]
        return queries_of(actions.create_people, actor=None, people=people)

    assert create(1, "a") == create(30, "b")


# --- Editing


def test_people_are_edited_together(cast) -> None:
    stale = User.objects.get(pk=cast.student.pk)
    count = actions.edit_people(
        actor=cast.admin,
        changes=[
            (stale, {"name": "Arif  R.", "phone": "+8801712345678", "city": "Sylhet", "student_id": "S-9"}),
            (cast.student2, {"city": "", "name": cast.student2.name, "status": "active"}),
            (cast.mentor, {"timezone": "Asia/Tokyo"}),
        ],
    )

    assert count == 2, "who is as wanted already has not changed"
    arif = User.objects.get(pk=cast.student.pk)
    assert (arif.name, arif.phone, arif.email) == ("Arif R.", "+8801712345678", "student@example.com")
    assert (arif.student_profile.city, arif.student_profile.student_id) == ("Sylhet", "S-9")
    assert User.objects.get(pk=cast.mentor.pk).timezone == "Asia/Tokyo"
    assert events_about(arif) == [("edited", {"fields": ["city", "name", "phone", "student_id"]})]
    assert events_about(cast.student2) == []
    assert actions.edit_people(actor=cast.admin, changes=[(arif, {"student_id": ""})]) == 1
    arif.student_profile.refresh_from_db()
    assert arif.student_profile.student_id is None


@pytest.mark.parametrize(("status", "held"), [("left", ["mentor"]), ("active", ["mentor", "student"])])
def test_the_student_role_follows_the_status(cast, status: str, held: list[str]) -> None:
    actions.set_roles(actor=None, user=cast.student, role_keys=["student", "mentor"])
    actions.edit_people(actor=cast.sre, changes=[(cast.student, {"status": "left"})])
    if status == "active":
        actions.edit_people(actor=cast.sre, changes=[(cast.student, {"status": "active"})])

    assert role_keys(cast.student) == held
    person = User.objects.get(pk=cast.student.pk)
    assert (person.student_profile.status, person.is_active) == (status, True)


def test_a_status_moves_only_as_the_table_allows(cast) -> None:
    changes = [(cast.student2, {"name": "New"}), (cast.student, {"status": "waiting"})]
    with pytest.raises(Refused, match="active and cannot become waiting"):
        actions.edit_people(actor=cast.admin, changes=changes)
    cast.student2.refresh_from_db()
    assert cast.student2.name == "Tanvir Hasan"


def test_who_is_no_student_gets_no_student_number(cast) -> None:
    with pytest.raises(Refused, match="Sadia Karim cannot get a student number"):
        actions.edit_people(actor=cast.admin, changes=[(cast.mentor, {"city": "Dhaka"})])


def test_a_student_number_is_given_once(cast) -> None:
    with pytest.raises(Refused, match="belongs to another student"):
        actions.edit_people(
            actor=cast.admin, changes=[(cast.student, {"student_id": "7"}), (cast.student2, {"student_id": "7"})]
        )


def test_an_address_is_not_edited_in_bulk(cast) -> None:
    with pytest.raises(TypeError, match="email"):
        actions.edit_people(actor=cast.admin, changes=[(cast.student, {"email": "x@example.com"})])


def test_editing_costs_the_same_for_one_and_for_many(cast) -> None:
    def edit(count: int) -> int:
        changes = [(StudentFactory(), {"name": f"N {n}", "city": "Bogura", "status": "left"}) for n in range(count)]
        return queries_of(actions.edit_people, actor=cast.admin, changes=changes)

    cast.admin.get_all_permissions()
    assert edit(1) == edit(20)


# --- Roles


def test_roles_are_set_together(cast) -> None:
    actions.set_roles_of(
        actor=cast.admin,
        roles_by_user={cast.mentor: ["mentor"], cast.mentor2: ["sre"], cast.nobody: {"student", "mentor"}},
    )

    assert [role_keys(user) for user in (cast.mentor, cast.mentor2, cast.nobody)] == [
        ["mentor"],
        ["sre"],
        ["mentor", "student"],
    ]
    assert cast.nobody.student_profile.status == "active"
    assert "changed the roles of" not in dict(events_about(cast.mentor))
    assert events_about(cast.mentor2)[-1] == ("changed the roles of", {"added": ["sre"], "removed": ["mentor"]})
    assert cast.mentor2.has_perm("outreach.make_calls")


def test_who_loses_the_student_role_has_left_and_who_gets_it_back_is_active(cast) -> None:
    profile = cast.student.student_profile
    for held, status in ([], "left"), (["student"], "active"):
        actions.set_roles(actor=cast.admin, user=cast.student, role_keys=held)
        profile.refresh_from_db()
        assert profile.status == status


def test_somebody_remains_who_may_edit_roles(cast) -> None:
    other = UserFactory(roles=("admin",))
    with pytest.raises(Refused, match="is the only admin"):
        actions.set_roles_of(actor=cast.admin, roles_by_user={cast.admin: ["sre"], other: []})
    assert (role_keys(cast.admin), role_keys(other)) == (["admin"], ["admin"])
    actions.set_roles_of(actor=cast.admin, roles_by_user={cast.admin: ["sre"], other: ["admin"]})
    assert role_keys(cast.admin) == ["sre"]


@pytest.mark.parametrize(
    ("who", "givable"),
    [
        ("admin", {"admin", "developer", "manager", "sre", "mentor", "student"}),
        ("manager", {"manager", "mentor", "student"}),
        ("sre", {"sre", "mentor", "student"}),
        ("developer", {"developer", "mentor", "student"}),
        ("student", {"mentor", "student"}),
    ],
)
def test_nobody_gives_a_role_above_their_own(cast, who: str, givable: set[str]) -> None:
    assert queries.roles_givable_by(getattr(cast, who)) == givable


def test_the_bound_holds_in_every_act_that_gives_or_takes(cast) -> None:
    manager = cast.manager
    acts = [
        lambda: actions.create_person(actor=manager, email="a@example.com", name="A", role_keys=["sre"]),
        lambda: actions.create_people(actor=manager, people=[NewPerson("a@example.com", "A", ["admin"])]),
        lambda: actions.set_roles(actor=manager, user=manager, role_keys=["manager", "admin"]),
        lambda: actions.set_roles(actor=manager, user=cast.sre, role_keys=["mentor"]),
        lambda: actions.edit_person(
            actor=manager, user=cast.admin, email="mine@example.com", name="A", role_keys=["admin"]
        ),
    ]
    for act in acts:
        with pytest.raises(Refused, match="may do more than you may"):
            act()
    assert not User.objects.filter(email__in=["a@example.com", "mine@example.com"]).exists()
    assert role_keys(cast.sre) == ["sre"]


def test_an_admin_whose_role_was_narrowed_still_gives_every_role(cast) -> None:
    cast.admin.groups.get().permissions.set(Permission.objects.filter(codename__in=["manage_roles", "manage_users"]))
    assert "sre" in queries.roles_givable_by(cast.admin)


# --- Removing


def test_people_created_by_mistake_are_removed(cast) -> None:
    users = actions.create_people(actor=cast.admin, people=[NILA, OMAR])
    keys = [user.pk for user in users]
    actions.remove_people(actor=cast.admin, users=users)

    assert not User.objects.filter(pk__in=keys).exists()
    assert not EmailAddress.objects.filter(email="nila@example.com").exists()
    assert list(
        Event.objects.filter(subject_id__in=keys, subject_type="accounts.user", verb="removed").values_list(
            "subject_label", flat=True
        )
    ) == ["Nila Akter", "Omar"]


def test_who_has_signed_in_or_taken_part_stays(cast, as_) -> None:
    new, signed_in, enrolled = actions.create_people(
        actor=cast.admin, people=[NILA, OMAR, NewPerson("enrolled@example.com", "Enrolled", ["student"])]
    )
    as_(signed_in)
    EnrollmentFactory(student=enrolled)

    everyone = [new.pk, signed_in.pk, enrolled.pk, cast.mentor.pk]
    assert queries.people_in_use(everyone) == {signed_in.pk, enrolled.pk, cast.mentor.pk}
    with pytest.raises(Refused, match=r"Omar and Enrolled cannot be removed"):
        actions.remove_people(actor=cast.admin, users=[new, signed_in, enrolled])
    assert User.objects.filter(pk=new.pk).exists()


def test_the_only_admin_is_not_removed(cast) -> None:
    with pytest.raises(Refused, match="is the only admin"):
        actions.remove_people(actor=cast.admin, users=[cast.admin])
