"""A student asks to be excused, an SRE grants it, and the student's calendar shows it."""

from datetime import date

from playwright.sync_api import expect

from tests.factories import attended


def test_from_the_question_to_the_calendar(cast, visit, ordinary_morning):
    attended(cast.enrolled, "PPLAA", date(2026, 11, 21))
    student = visit(cast.student)
    student.goto(f"/attendance/{cast.enrolled.pk}/")
    student.get_by_role("link", name="Ask to be excused").click()
    student.get_by_label("First day").fill("2026-11-21")
    student.get_by_label("Last day").fill("2026-11-21")
    student.get_by_label("Reason").fill("Dengue fever")
    student.get_by_label("File, if you have one").set_input_files(
        {"name": "note.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 note"}
    )
    student.get_by_role("button", name="Ask").click()
    expect(student.get_by_text("You have asked. You find the answer here.")).to_be_visible()
    expect(student.get_by_text("waiting", exact=True)).to_be_visible()

    sre = visit(cast.sre)
    sre.goto("/attendance/excuses/")
    sre.get_by_role("link", name="Arif Rahman").first.click()
    sre.get_by_role("link", name="Grant").click()
    sre.get_by_label("Answer").fill("Get well soon")
    sre.get_by_role("button", name="Grant").click()
    expect(sre.get_by_text("1 request is answered. Its days and points follow.")).to_be_visible()

    student.goto(f"/attendance/{cast.enrolled.pk}/")
    expect(student.get_by_title("Saturday 21 November: excused")).to_be_visible()
    expect(student.get_by_title("Friday 20 November: absent")).to_be_visible()
    expect(student.get_by_text("absent → excused, by Nusrat Rahman")).to_be_visible()
