"""On time, late or too late, and what late work keeps: Python and SQL say the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sms.assignments.choices import SubmissionState, Timeliness
from sms.assignments.lateness import due_of, end_of, judge
from sms.assignments.models import Assignment, Extension, Submission
from sms.assignments.queries import with_timeliness
from tests.factories import AssignmentFactory

# The end of October in Europe, a leap day, and the shift of Dhaka in 2009.
BEGINNINGS = [
    datetime(2026, 10, 24, 23, tzinfo=UTC),
    datetime(2028, 2, 28, 18, tzinfo=UTC),
    datetime(2009, 6, 19, 17, tzinfo=UTC),
]
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
percent = st.integers(0, 100)
# Mostly at the seams: whole days, give or take an instant.
distance = st.builds(
    lambda days, beside: days * DAY + beside,
    st.integers(-1, 5),
    st.sampled_from([0 * SECOND, SECOND, -SECOND, timedelta(microseconds=1), -timedelta(microseconds=1), DAY / 3]),
)


@pytest.fixture
def submission(cast) -> Submission:
    return Submission.objects.create(
        mission_enrollment=cast.enrolled,
        assignment=AssignmentFactory(mission=cast.mission),
        state=SubmissionState.VERIFIED,
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beginning=st.sampled_from(BEGINNINGS),
    submitted=st.none() | distance,
    extended=st.none() | distance,
    revoked=st.booleans(),
    accepts_late=st.booleans(),
    late_until=st.none() | distance.filter(lambda delta: delta > timedelta(0)),
    shares=st.tuples(percent, percent, percent),
)
def test_python_and_sql_agree(
    cast, submission, beginning, submitted, extended, revoked, accepts_late, late_until, shares
):
    floor, share = sorted(shares[:2])
    Assignment.objects.filter(pk=submission.assignment_id).update(
        opens_at=beginning - DAY,
        due_at=beginning,
        accepts_late=accepts_late,
        late_until=late_until and beginning + late_until,
        late_share=share,
        late_floor=floor,
        late_per_day=shares[2],
    )
    Submission.objects.update(submitted_at=None if submitted is None else beginning + submitted)
    Extension.objects.all().delete()
    extension = extended and Extension.objects.create(
        assignment=submission.assignment,
        mission_enrollment=cast.enrolled,
        due_at=beginning + extended,
        reason="Ill",
        granted_at=beginning,
        revoked_at=beginning if revoked else None,
    )
    # What is open for another student is not this one's.
    Extension.objects.create(
        assignment=submission.assignment, mission_enrollment=cast.enrolled2, due_at=beginning + 9 * DAY,
        reason="Other", granted_at=beginning,
    )  # fmt: skip
    in_sql = with_timeliness(Submission.objects.all()).get()
    assignment = Assignment.objects.get()
    holding = None if revoked else extension or None
    judgement = judge(assignment, holding, in_sql.submitted_at)
    assert (in_sql.own_due_at, in_sql.timeliness, in_sql.share) == (
        due_of(assignment, holding),
        judgement.timeliness,
        judgement.share,
    )


def test_the_rule_in_figures():
    due = datetime(2026, 11, 22, 17, 59, tzinfo=UTC)
    work = Assignment(due_at=due, late_until=due + 4 * DAY, late_share=80, late_per_day=30, late_floor=25)
    found = [
        judge(work, None, due + delay)
        for delay in (0 * DAY, SECOND, DAY - SECOND, DAY, 2 * DAY, 4 * DAY, 4 * DAY + SECOND)
    ]
    assert [(each.timeliness, each.share) for each in found] == [
        (Timeliness.ON_TIME, Decimal("1")),
        (Timeliness.LATE, Decimal("0.8")),
        (Timeliness.LATE, Decimal("0.8")),
        (Timeliness.LATE, Decimal("0.5")),
        (Timeliness.LATE, Decimal("0.25")),
        (Timeliness.LATE, Decimal("0.25")),
        (Timeliness.TOO_LATE, Decimal("0")),
    ]  # fmt: skip
    assert judge(work, None, None).timeliness == Timeliness.UNKNOWN
    longer = Extension(due_at=due + 9 * DAY)
    assert (due_of(work, longer), end_of(work, longer)) == (due + 9 * DAY, due + 9 * DAY)
    assert due_of(work, Extension(due_at=due - DAY)) == due, "an extension never takes time away"
    work.accepts_late = False
    assert judge(work, None, due + SECOND).timeliness == Timeliness.TOO_LATE
