"""Reports as Zoom and Google Meet write them, and what they say."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sms.data_exchange.meeting_reports import Report, joined_at, read_report, seconds_of, seconds_present
from sms.data_exchange.reading import FileRefused, Limits, source_of_text

DHAKA = ZoneInfo("Asia/Dhaka")
START = datetime(2026, 11, 3, 14, tzinfo=UTC)  # 20:00 in Dhaka

ZOOM = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
812 3456 7890,"JavaScript, week 3",11/03/2026 07:55:40 PM,11/03/2026 09:02:11 PM,mentor@example.com,67,5

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,In Waiting Room
Sadia Karim,mentor@example.com,11/03/2026 07:55:40 PM,11/03/2026 09:02:11 PM,67,No,,No
Arif Rahman,Student@Example.com,11/03/2026 08:05:12 PM,11/03/2026 08:25:12 PM,20,No,,No
Arif Rahman,student@example.com,11/03/2026 08:40:12 PM,11/03/2026 09:00:12 PM,20,No,,No
Arif Rahman,student@example.com,11/03/2026 08:20:12 PM,11/03/2026 08:30:12 PM,10,No,,No
Galaxy A12 (Tanvir Hasan),,11/03/2026 08:00:00 PM,11/03/2026 08:45:00 PM,45,Yes,,No
Galaxy A12 (Tanvir Hasan),,11/03/2026 07:50:00 PM,11/03/2026 08:00:00 PM,10,Yes,,Yes
"""

ZOOM_NEW = """\
Topic,ID,Host name,Host email,Start time,End time,Participants,Duration (minutes)
Weekly,812 3456 7890,Sadia Karim,mentor@example.com,11/03/2026 07:55:40 PM,11/03/2026 09:02:11 PM,2,67

Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,Recording disclaimer response,In waiting room
Arif Rahman,student@example.com,11/03/2026 08:05:12 PM,11/03/2026 08:25:12 PM,20,No,OK,No
"""

ZOOM_UNIQUE = """\
Name (Original Name),User Email,Total Duration (Minutes),Guest
Arif Rahman,student@example.com,52,No
"""

MEET = """\
First name,Last name,Email,Duration,Time joined,Time exited
Arif,Rahman,student@example.com,1 hr 2 min,8:01 PM,9:03 PM
Tanvir,Hasan,student2@example.com,30 sec,11:59 PM,12:00 AM
"""

MEET_SHORT = """\
Participant Name,Email,Duration
Arif Rahman,student@example.com,1 hr 2 min
Arif Rahman,student@example.com,45 min
"""


def read(text: str, starts_at: datetime = START) -> Report:
    rows = list(source_of_text(text, limits=Limits(bytes=1_000_000, rows=1_000)).rows())
    return read_report(rows, starts_at=starts_at, zone=DHAKA)


def told(report: Report) -> list[tuple]:
    """Name, address, minutes and when they joined, in Dhaka."""
    rows = []
    for each in report.attendees:
        joined = joined_at(each.stays)
        local = f"{joined.astimezone(DHAKA):%d.%m. %H:%M:%S}" if joined else None
        rows.append((each.name, each.email, seconds_present(each.stays) / 60, local))
    return rows


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_zoom_with_its_block_rejoins_and_the_waiting_room(ends) -> None:
    report = read("\ufeff" + ZOOM.replace("\n", ends))
    assert told(report)[1:] == [
        ("Arif Rahman", "student@example.com", 45, "03.11. 20:05:12"),  # 20:05–20:30 and 20:40–21:00
        ("Galaxy A12 (Tanvir Hasan)", "", 45, "03.11. 20:00:00"),
    ]
    assert report.attendees[2].names == ["Galaxy A12 (Tanvir Hasan)", "Galaxy A12", "Tanvir Hasan"]
    assert (report.begins, report.host) == (datetime(2026, 11, 3, 13, 55, 40, tzinfo=UTC), "mentor@example.com")


def test_the_newer_headings_of_zoom() -> None:
    report = read(ZOOM_NEW)
    assert told(report) == [("Arif Rahman", "student@example.com", 20, "03.11. 20:05:12")]
    assert report.host == "mentor@example.com"


def test_zoom_without_times() -> None:
    report = read(ZOOM_UNIQUE)
    assert told(report) == [("Arif Rahman", "student@example.com", 52, None)]
    assert (report.begins, report.host) == (None, "")


def test_google_meet_with_times_of_the_day_of_the_meeting_and_over_midnight() -> None:
    narrow = MEET.replace(" PM", "\u202fPM")
    assert told(read(MEET)) == told(read(narrow)) == [
        ("Arif Rahman", "student@example.com", 62, "03.11. 20:01:00"),
        ("Tanvir Hasan", "student2@example.com", 1, "03.11. 23:59:00"),
    ]  # fmt: skip
    assert told(read(MEET_SHORT)) == [("Arif Rahman", "student@example.com", 107, None)]


def test_a_report_that_writes_the_day_first_is_read_as_the_day_of_the_meeting() -> None:
    day_first = ZOOM_NEW.replace("11/03/2026", "03/11/2026")
    assert told(read(day_first))[0][3] == "03.11. 20:05:12"
    assert told(read(ZOOM_NEW, datetime(2026, 3, 11, 14, tzinfo=UTC)))[0][3] == "11.03. 20:05:12"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 hr 2 min", 3720), ("45 min", 2700), ("2 hr", 7200), ("30 sec", 30), ("1 hr", 3600), ("1h 5m 3s", 3903),
        ("2 hours, 1 minute", 7260), ("62", 3720), ("0", 0), ("1:02:30", 3750), ("45:10", 2710), ("1\u00a0hr", 3600),
        ("soon", None), ("1 hr soon", None), ("", None), ("-5", None),
    ],
)  # fmt: skip
def test_durations(text, seconds) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("email,batch\na@example.com,b", "These are no headings of a report"),
        (MEET_SHORT.replace("45 min", "a while"), "Line 3: “a while” is no duration."),
        (ZOOM_NEW.replace("08:05:12 PM", "noon"), "Line 5: “11/03/2026 noon” is no time."),
    ],
)
def test_what_is_no_report_is_refused_with_the_line(text, sentence) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(text)
    assert sentence in str(refusal.value.sentence)
