"""The component tags: what they say, what assistive technology hears, and how they fail when called wrongly."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import django_tables2 as tables
import pytest
from bs4 import BeautifulSoup
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from sms.core import clock
from sms.core.staticfiles import STYLESHEET, BundledStylesheet
from sms.core.templatetags.ui import relative_time
from sms.developer.gallery import gallery

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def draw(source: str, **context: Any) -> BeautifulSoup:
    return BeautifulSoup(engines["django"].from_string(source).render(context), "html.parser")


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As on your certificate.")
    on = forms.DateField(required=False)
    due_at = forms.DateTimeField(required=False)
    agree = forms.BooleanField(required=False)
    outcome = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "Picked"), ("b", "Busy")])


@pytest.mark.parametrize(
    "source",
    [
        "{% button %}",
        "{% button 'Save' variant='huge' %}",
        "{% button 'Save' style='color: red' %}",
        "{% button 'Save' onclick='alert()' %}",
        "{% button 'Save' hx_on__click='alert()' %}",
        "{% badge 'x' tone='pink' %}",
        "{% stat 'Points' 3 tone='pink' %}",
        "{% callout tone='pink' %}{% endcallout %}",
        "{% toast 'x' level='loud' %}",
        "{% strip days %}",
    ],
)
def test_a_wrong_argument_fails_at_once(source: str) -> None:
    with pytest.raises((TypeError, TemplateSyntaxError)):
        draw(source, days=[{"on": NOW.date(), "status": "asleep", "label": "x"}])


class TestButton:
    def test_submits_unless_told_otherwise(self) -> None:
        button = draw("{% button 'Save' %}").button
        assert (button["type"], button["class"], button.get_text()) == ("submit", ["button", "plain"], "Save")

    def test_is_a_link_with_an_address(self) -> None:
        link = draw("{% button 'All' href='/all/?a=1&b=2' variant='primary' %}").a
        assert (link["href"], link["class"]) == ("/all/?a=1&b=2", ["button", "primary"])

    def test_passes_attributes_on(self) -> None:
        button = draw("{% button 'Go' hx_post='/go/' disabled=True autofocus=False value=None %}").button
        assert button["hx-post"] == "/go/"
        assert "disabled" in button.attrs
        assert not {"autofocus", "value"} & button.attrs.keys()

    def test_escapes_what_people_typed(self) -> None:
        button = draw("{% button label data_copy=label %}", label='<b onclick="x">').button
        assert button.get_text() == button["data-copy"] == '<b onclick="x">'

    def test_key_is_shown_and_works(self) -> None:
        button = draw("{% button 'Next' kbd='n' %}").button
        assert (button["data-shortcut"], button["aria-keyshortcuts"], button.kbd.get_text()) == ("n", "n", "n")


class TestIcon:
    def test_is_decoration_unless_labelled(self) -> None:
        assert draw("{% icon 'check' %}").svg["aria-hidden"] == "true"
        labelled = draw("{% icon 'check' label='done' %}").svg
        assert (labelled["role"], labelled["aria-label"]) == ("img", "done")


class TestStrip:
    def test_says_every_day_in_words(self) -> None:
        days = [
            SimpleNamespace(on=date(2026, 11, 16), status="present", label="Mon 16 Nov: present"),
            SimpleNamespace(on=date(2026, 11, 17), status="late", label="Tue 17 Nov: late"),
        ]
        strip = draw("{% strip days label='Last 2 days' %}", days=days).ol
        assert strip["aria-label"] == "Last 2 days"
        assert [day.get_text() for day in strip("li")] == ["Mon 16 Nov: present", "Tue 17 Nov: late"]
        assert [day["class"] for day in strip("li")] == [["strip-day", "present"], ["strip-day", "late"]]


class TestProgress:
    def test_tells_the_figures(self) -> None:
        drawn = draw("{% progress 'Assignments' 16 22 %}")
        assert drawn.find(class_="progress-value").get_text() == "16 of 22"
        assert (drawn.progress["value"], drawn.progress["max"]) == ("16", "22")

    def test_nothing_of_nothing_is_valid(self) -> None:
        assert draw("{% progress 'Meetings' 0 0 %}").progress["max"] == "1"


class TestBarChart:
    def test_is_a_table_of_its_figures(self) -> None:
        chart = draw(
            "{% bar_chart rows label='Risk' %}",
            rows=[("Watch", 1412, None, "/watch/"), {"label": "Critical", "value": 53}],
        )
        assert [row.get_text(" ", strip=True) for row in chart("tr")] == ["Watch 1,412", "Critical 53"]
        assert chart.a["href"] == "/watch/"
        assert {bar["max"] for bar in chart("progress")} == {"1412"}

    def test_without_rows_has_no_bars(self) -> None:
        assert draw("{% bar_chart rows label='Risk' %}", rows=[])("progress") == []


class TestField:
    def test_label_help_and_error_belong_to_the_control(self) -> None:
        form = SampleForm({"name": ""})
        field = draw("{% field form.name %}", form=form)
        control = field.input
        assert field.label["for"] == control["id"]
        assert control["aria-invalid"] == "true"
        described_by = [field.find(id=part).get_text(" ", strip=True) for part in control["aria-describedby"].split()]
        assert described_by == ["As on your certificate.", "This field is required."]

    def test_dates_use_the_picker_of_the_browser(self) -> None:
        form = SampleForm(initial={"on": date(2026, 11, 22), "due_at": NOW})
        date_input = draw("{% field form.on %}", form=form).input
        assert (date_input["type"], date_input["value"]) == ("date", "2026-11-22")
        moment_input = draw("{% field form.due_at %}", form=form).input
        local = timezone.localtime(NOW).strftime("%Y-%m-%dT%H:%M")
        assert (moment_input["type"], moment_input["value"]) == ("datetime-local", local)

    def test_radios_are_a_group_of_cards_with_digit_keys(self) -> None:
        group = draw("{% field form.outcome shortcuts=True hint='Press a digit.' %}", form=SampleForm()).fieldset
        assert group.legend.get_text(strip=True) == "Outcome"
        assert group.find(id=group["aria-describedby"]).get_text() == "Press a digit."
        assert [(card["data-shortcut"], card.span.get_text()) for card in group("label")] == [
            ("1", "Picked"),
            ("2", "Busy"),
        ]

    def test_a_checkbox_stands_inside_its_label(self) -> None:
        field = draw("{% field form.agree %}", form=SampleForm())
        assert field.label.input["type"] == "checkbox"

    def test_a_form_shows_all_of_its_fields_and_its_own_errors(self) -> None:
        form = SampleForm({"name": "Arif", "outcome": "a"})
        form.add_error(None, "The window closed at 20:00.")
        drawn = draw("{% fields form %}", form=form)
        assert drawn.find(role="alert").get_text(strip=True) == "The window closed at 20:00."
        names = {control["name"] for control in drawn("input")}
        assert names == {"name", "on", "due_at", "agree", "outcome"}


class TestPager:
    def test_keeps_the_query(self) -> None:
        page = Paginator(range(100), 10).page(2)
        request = RequestFactory().get("/students/?q=arif&page=2")
        drawn = draw("{% pager page region='#list' %}", page=page, request=request)
        assert drawn.find(rel="next")["href"] == "?q=arif&page=3"
        assert drawn.find(rel="next")["hx-target"] == "#list"
        assert drawn.find(attrs={"aria-current": "page"})["href"] == "?q=arif&page=2"

    def test_one_page_needs_no_pager(self) -> None:
        assert draw("{% pager page %}", page=Paginator([1], 10).page(1)).find("nav") is None


class StudentTable(tables.Table):
    name = tables.Column()
    marks = tables.TemplateColumn("{{ value }} of {{ maximum }}", orderable=False)


class TestTable:
    def drawn(self, address: str) -> BeautifulSoup:
        request = RequestFactory().get(address)
        rows = [{"name": "Mim", "marks": 3}, {"name": "Arif", "marks": 5}]
        table = StudentTable(rows, order_by=request.GET.get("sort"))
        return draw("{% table table region='#list' %}", table=table, request=request, maximum=5)

    def test_cells_carry_their_heading_for_narrow_screens(self) -> None:
        rows = self.drawn("/students/").tbody("tr")
        assert [[(cell["data-label"], cell.get_text()) for cell in row("td")] for row in rows] == [
            [("Name", "Mim"), ("Marks", "3 of 5")],
            [("Name", "Arif"), ("Marks", "5 of 5")],
        ]

    def test_a_heading_sorts_keeps_the_filters_and_begins_at_page_one(self) -> None:
        drawn = self.drawn("/students/?sort=name&q=a&page=2")
        name, marks = drawn("th")
        assert name["aria-sort"] == "ascending"
        assert name.a["href"] == name.a["hx-get"] == "?sort=-name&q=a"
        assert marks.a is None


class TestTime:
    @pytest.mark.parametrize(
        ("distance", "text"),
        [
            (timedelta(seconds=20), "now"),
            (timedelta(minutes=5), "in 5 min"),
            (timedelta(hours=2, minutes=10), "in 2 h 10 min"),
            (timedelta(hours=14, minutes=10), "in 14 h"),
            (timedelta(days=1, hours=5), "in 1 day"),
            (timedelta(days=13), "in 13 days"),
            (timedelta(days=20), "Sat 12 Dec"),
            (-timedelta(minutes=5), "5 min ago"),
            (-timedelta(hours=2, minutes=10), "2 h ago"),
            (-timedelta(days=3), "3 days ago"),
            (-timedelta(days=400), "18 Oct 2025"),
        ],
    )
    def test_relative_time(self, distance: timedelta, text: str) -> None:
        assert relative_time(NOW + distance, NOW) == text

    def test_full_time_is_at_hand(self) -> None:
        with clock.frozen_at(NOW), timezone.override("Asia/Dhaka"):
            moment = draw("{% when moment %}", moment=NOW + timedelta(hours=2)).time
        assert moment.get_text() == "in 2 h"
        assert moment["title"] == "Sun 22 Nov 2026, 22:00 (Asia/Dhaka)"
        assert moment["datetime"] == "2026-11-22T22:00:00+06:00"

    def test_nothing_is_a_dash(self) -> None:
        assert draw("{% when None %}{% day None %}").get_text(strip=True) == "––"


class TestBlocks:
    def test_card_and_dialog_hold_markup_and_escape_titles(self) -> None:
        card = draw("{% card title=title href='/all/' href_label='All' %}<p>Text</p>{% endcard %}", title="<b>").section
        assert (card.h2.get_text(), card.p.get_text(), card.a["href"]) == ("<b>", "Text", "/all/")
        dialog = draw("{% dialog id='end' title='End it?' %}<p>Text</p>{% enddialog %}").dialog
        assert dialog.find(id=dialog["aria-labelledby"]).get_text() == "End it?"


def test_the_gallery_shows_every_component_without_inline_style_or_script() -> None:
    request = RequestFactory().get("/developer/components/")
    request.user = AnonymousUser()
    page = BeautifulSoup(render_to_string("developer/components.html", {"gallery": gallery()}, request), "html.parser")
    offending = [
        (tag.name, name) for tag in page(True) for name in tag.attrs if name == "style" or name.startswith("on")
    ]
    assert offending == []
    assert [script for script in page("script") if not script.get("src")] == []
    assert page("style") == []
    doubled = {tag["id"] for tag in page(id=True) if len(page(id=tag["id"])) > 1}
    assert doubled == set()


@pytest.mark.parametrize("code", [400, 403, 404, 422, 429, 500, 503])
def test_error_pages_need_no_request(code: int) -> None:
    page = BeautifulSoup(render_to_string(f"errors/{code}.html"), "html.parser")
    assert page.find(class_="error-code").get_text() == str(code)
    assert page.h1.get_text()


class TestStylesheet:
    class Folder:
        def __init__(self, **files: str) -> None:
            self.files = {f"css/{name}.css": text for name, text in files.items()}

        def open(self, name: str) -> ContentFile:
            return ContentFile(self.files[name].encode())

        def bundle(self) -> str:
            return BundledStylesheet({name: (self, name) for name in self.files}).open(STYLESHEET).read().decode()

    def test_imports_become_layers_of_one_file(self) -> None:
        folder = self.Folder(site='@import "./base.css" layer(base);', base="/* why */ a { color: red }")
        assert folder.bundle() == "@layer base {\na { color: red }\n}"

    def test_a_relative_address_is_refused_as_it_would_break(self) -> None:
        folder = self.Folder(site='@import "./base.css" layer(base);', base="a { background: url(x.png) }")
        with pytest.raises(ValueError, match="data: URL"):
            folder.bundle()

    def test_every_stylesheet_is_imported(self, settings: Any) -> None:
        css = settings.STATICFILES_DIRS[0] / "css"
        imported = (css / "site.css").read_text()
        paths = {str(path.relative_to(css)) for path in css.rglob("*.css")} - {"site.css"}
        forgotten = {path for path in paths if f'"./{path}"' not in imported}
        assert forgotten == set(), f"Import them in {css / 'site.css'}."
