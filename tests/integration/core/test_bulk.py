"""Bulk writes leave what single writes would, and obey the same constraints."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from sms.accounts.models import StudentProfile
from sms.audit.models import Event
from sms.core import bulk
from tests.factories import BatchFactory, StudentFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_inserted_rows_are_what_was_given() -> None:
    keys = bulk.new_keys(Event, 2)
    rows = [(keys[0], AT, "Nila \t\\ \n", "did", {"a": ["“", "\\N"]}), (keys[1], AT, "\\N", "did", {})]
    written = bulk.insert(
        Event,
        ["id", "at", "actor_name", "verb", "data", "subject_type", "subject_label"],
        [(*row, "", "") for row in rows],
    )
    assert written == 2
    assert list(Event.objects.order_by("pk").values_list("id", "at", "actor_name", "verb", "data")) == rows


def test_new_keys_are_nobody_elses() -> None:
    keys = bulk.new_keys(Event, 3)
    assert keys == sorted(set(keys))
    assert bulk.new_keys(Event, 1)[0] > keys[-1]
    assert bulk.new_keys(Event, 0) == []


def test_an_update_touches_the_named_fields_of_the_named_rows() -> None:
    one, other = StudentFactory(), StudentFactory()
    count = bulk.update(
        StudentProfile, ["city", "student_id"], [(one.student_profile.pk, "ঢাকা", None), (10**9, "Nowhere", "7")]
    )
    one.student_profile.refresh_from_db()
    assert (count, one.student_profile.city, one.student_profile.student_id) == (1, "ঢাকা", None)
    assert StudentProfile.objects.get(user=other).city == ""


def test_an_update_costs_one_statement() -> None:
    batches = [BatchFactory() for _ in range(3)]
    with CaptureQueriesContext(connection) as captured:
        bulk.update(type(batches[0]), ["title", "ends_on"], [(b.pk, "New", b.ends_on) for b in batches])
    assert len(captured) == 1


def test_constraints_hold() -> None:
    batch = BatchFactory()
    with pytest.raises(IntegrityError):
        bulk.insert(
            type(batch),
            ["code", "title", "status", "starts_on", "ends_on", "timezone"],
            [(batch.code, "Again", "draft", batch.starts_on, batch.ends_on, "UTC")],
        )


def test_a_deletion_takes_the_named_rows_and_no_others() -> None:
    batches = [BatchFactory() for _ in range(3)]
    with CaptureQueriesContext(connection) as captured:
        count = bulk.delete(type(batches[0]), [batches[0].pk, batches[2].pk, 10**9])
    assert (count, len(captured)) == (2, 1)
    assert list(type(batches[0]).objects.values_list("pk", flat=True)) == [batches[1].pk]
