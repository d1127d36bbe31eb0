"""Access to a mission: each change with its reason, both values kept."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.programme.actions import change_access, leave_missions
from sms.programme.choices import Access
from sms.programme.models import AccessChange, MissionEnrollment
from sms.programme.queries import own
from tests.conftest import ORDINARY_MORNING, build_cast

pytestmark = pytest.mark.usefixtures("ordinary_morning")


def access_of(*students: MissionEnrollment) -> list[str]:
    return [MissionEnrollment.objects.get(pk=student.pk).access for student in students]


def test_several_at_once(cast: SimpleNamespace) -> None:
    both = [cast.enrolled, cast.enrolled2]
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled2], access=Access.RESTRICTED, reason="Unpaid fee")
    for count in (2, 0):
        changed = change_access(
            actor=cast.manager, mission_enrollments=both, access=Access.REVOKED, reason="  Asked to pause "
        )
        assert changed == count
    assert access_of(*both) == ["revoked", "revoked"]
    history = AccessChange.objects.filter(mission_enrollment=cast.enrolled2)
    assert list(history.values_list("before", "after", "reason", "changed_by", "changed_at")) == [
        ("restricted", "revoked", "Asked to pause", cast.manager.pk, ORDINARY_MORNING),
        ("full", "restricted", "Unpaid fee", cast.sre.pk, ORDINARY_MORNING),
    ]
    assert AccessChange.objects.filter(mission_enrollment=cast.enrolled).count() == 1
    last = Event.objects.filter(verb="changed the access of", subject_id=cast.enrolled.pk).get()
    assert last.data == {"before": "full", "after": "revoked", "reason": "Asked to pause"}
    assert list(own(cast.student)) == []


@pytest.mark.parametrize(
    ("access", "reason", "sentence"),
    [
        (Access.REVOKED, "  ", "Give a reason"),
        (Access.REVOKED, "x" * 251, "within 250 characters"),
        ("admin", "Because", "“admin” is no kind of access"),
    ],
)
def test_refusals(cast: SimpleNamespace, access: str, reason: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access=access, reason=reason)
    assert (access_of(cast.enrolled), AccessChange.objects.count()) == (["full"], 0)


def test_who_left_has_no_access_to_change(cast: SimpleNamespace) -> None:
    leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
    with pytest.raises(Refused, match="Arif Rahman left the mission"):
        change_access(
            actor=cast.sre, mission_enrollments=[cast.enrolled, cast.enrolled2], access="revoked", reason="Late"
        )
    assert access_of(cast.enrolled2) == ["full"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_change(at_once: Callable) -> None:
    cast = build_cast()

    def act(_n: int) -> int:
        return change_access(
            actor=cast.sre, mission_enrollments=[cast.enrolled, cast.enrolled2], access="revoked", reason="Pause"
        )

    assert sorted(at_once(act, range(3))) == [0, 0, 2]
    assert AccessChange.objects.count() == 2
