"""The demo programme from nothing: the same for the same seed, refused where it is a risk."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from sms.accounts.models import User
from sms.attendance.queries import todays
from sms.authorization.queries import waiting_students
from sms.core import clock
from sms.outreach.models import Call, CallEntry, FollowUp
from sms.outreach.queries import takeable
from sms.risk.choices import RiskLabel
from sms.risk.queries import visible_to as with_labels
from tests.integration.demo.helpers import A_FRIDAY, NOW, contents, demo, enrolled, person


def test_the_same_seed_gives_the_same_programme(db):
    found = []
    for seed in (12, 12, 13):
        with transaction.atomic():
            demo(12, seed)
            found.append(contents())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert found[0]["people"] != found[2]["people"]
    assert found[0]["days"] != found[2]["days"]


def test_every_risk_label_is_there(db):
    demo(60)
    with clock.frozen_at(NOW):
        labels = Counter(with_labels(person("sre")).values_list("label", flat=True))
    assert labels == {RiskLabel.ON_TRACK: 42, RiskLabel.WATCH: 9, RiskLabel.AT_RISK: 6, RiskLabel.CRITICAL: 3}


@pytest.mark.parametrize(
    "at", [NOW, A_FRIDAY, datetime(2026, 11, 25, 17, 0, tzinfo=UTC), datetime(2026, 12, 31, 18, 5, tzinfo=UTC)]
)
def test_there_is_something_to_submit_whatever_the_day(db, at):
    demo(4, at=at)
    with clock.frozen_at(at):
        (today,) = todays([enrolled("student")])
        assert today.can_submit


def test_sres_have_calls_behind_and_before_them(db):
    demo(60)
    with clock.frozen_at(NOW):
        assert Call.objects.values("outcome").distinct().count() >= 3
        assert takeable().filter(is_callback=True).exists()
        assert CallEntry.objects.filter(state="waiting", leased_by=None).count() >= 3
        assert FollowUp.objects.filter(done_at=None).exists()
        assert waiting_students().count() == 1


def test_it_is_refused_outside_debug_unless_told_twice(db, settings):
    settings.DEBUG = False
    for told in ([], ["--yes"], ["--really"]):
        with pytest.raises(CommandError, match="say --yes --really"):
            call_command("demo", *told)
    assert not User.objects.exists()


def test_the_command_says_what_it_did(db, settings, capsys):
    settings.DEBUG = True
    call_command("demo", "--students", "3")
    said = capsys.readouterr()
    assert said.out.startswith("The demo has 3 students, 3 of them new; that took ")
    assert "Demo: " in said.err
    with pytest.raises(CommandError, match="2 to"):
        call_command("demo", "--students", "0")
