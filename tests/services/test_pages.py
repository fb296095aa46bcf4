"""What pages show: days, times and amounts in Chinese, the parts of forms and lists, the navigation of each role."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from services.chassis.auth import Anyone
from services.chassis.http.application import create_app
from services.chassis.web.navigation import current, navigation
from services.chassis.web.pages import Pages
from services.chassis.web.wording import day, formal_day, left, masked, moment, money, month, short_day
from services.kernel.actor import Actor, Role
from tests.services.frame_sample import DEPARTMENTS, NOW, access


class Elements(HTMLParser):
    """The start tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    def find(self, tag: str, **attributes: str) -> dict[str, str | None]:
        """Give the attributes of the only tag with these."""
        [found] = [attrs for name, attrs in self.tags if name == tag and attributes.items() <= attrs.items()]
        return found


def shown(tmp_path: Path, template: str, address: str = "/page", **context: Any) -> Elements:
    """Render a template with the macros, as a service does."""
    (tmp_path / "page.html").write_text('{% import "macros.html" as ui with context %}' + template, encoding="utf-8")
    pages = Pages("sample", lambda: NOW, DEPARTMENTS, folders=[tmp_path], contexts=[lambda _: {"unread": 3}])
    app: FastAPI = create_app("sample", "样例", access=access(), pages=pages)

    @app.get("/page")
    def page(request: Request, _: Anyone) -> Response:
        return pages.render(request, "page.html", **context)

    answer = TestClient(app).get(address)
    assert answer.status_code == 200
    return Elements(answer.text)


def test_times_are_local_and_chinese() -> None:
    """Instants are shown in Asia/Shanghai with the weekday; a day that begins there is not the day before in UTC."""
    assert str(moment(datetime(2026, 2, 14, 1, 5, tzinfo=UTC))) == '<time datetime="2026-02-14T09:05:00+08:00">2026年2月14日 周六 09:05</time>'
    assert day(datetime(2026, 2, 14, 16, 0, tzinfo=UTC)) == "2026年2月15日 周日"
    assert short_day(date(2026, 12, 31)) == "12月31日 周四"
    assert formal_day(date(2026, 2, 4)) == "2026年2月4日", "documents have no weekdays"
    assert [str(shown) for shown in (day(None), short_day(None), formal_day(None), moment(None))] == ["—"] * 4
    assert [month(date(2026, 3, 31)), month("2026-12")] == ["2026年3月", "2026年12月"]


@pytest.mark.parametrize(("days", "text"), [(5, "剩 5 个工作日"), (1, "剩 1 个工作日"), (0, "今天到期"), (-1, "超期 1 个工作日"), (None, "—")])
def test_what_is_left_is_said_in_words(days: int | None, text: str) -> None:
    """What the clock counts as left is said in working days (CLK-04)."""
    assert left(days) == text


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00 元"), (5, "0.05 元"), (123456789, "1,234,567.89 元"), (-150, "-1.50 元"), (10**17 + 1, "1,000,000,000,000,000.01 元")]
)
def test_amounts_are_exact(fen: int, text: str) -> None:
    """Amounts of fen are shown in yuan, exact to the fen however large."""
    assert money(fen) == text


@pytest.mark.parametrize(("name", "text"), [("张三", "张*"), ("欧阳示例", "欧***"), ("李", "李*"), ("", "")])
def test_names_are_masked(name: str, text: str) -> None:
    """A masked name shows its first character only, and a name of one character does not stand bare (SEC-02)."""
    assert masked(name) == text


def test_a_mistake_is_tied_to_its_field(tmp_path: Path) -> None:
    """A field with a mistake names it for screen readers, keeps what was typed as text, and is where the list of errors leads."""
    template = '{% call ui.form("/to", errors) %}{{ ui.input("name", "名称", values, errors, "全称") }}{% endcall %}'
    page = shown(tmp_path, template, values={"name": '"><b>'}, errors={"name": "请填写名称"})
    field = page.find("input", name="name")
    assert field["value"] == '"><b>'
    assert field["aria-invalid"] == "true"
    assert str(field["aria-describedby"]).split() == ["name-hint", "name-error"]
    assert field["id"] == "name"
    page.find("a", href="#name")
    assert page.find("p", id="name-error")
    assert page.find("form", method="post")["action"] == "/to"
    assert len(str(page.find("input", name="csrf_token")["value"])) == 64


def test_choices_keep_what_was_chosen(tmp_path: Path) -> None:
    """Radios, checkboxes and selects show what was chosen before, and only that."""
    template = """{{ ui.radios("way", "方式", [("a", "甲"), ("b", "乙", "说明")], values) }}
    {{ ui.checkboxes("kinds", "种类", [("x", "子"), ("y", "丑")], values) }}
    {{ ui.select("unit", "单位", [("m", "市"), ("q", "区")], values) }}"""
    page = shown(tmp_path, template, values={"way": "b", "kinds": ["x"], "unit": "q"})
    assert [attrs["value"] for _, attrs in page.tags if "checked" in attrs or "selected" in attrs] == ["b", "x", "q"]
    assert page.find("input", value="b")["aria-describedby"] == "way-2-hint"


def test_columns_sort_and_pages_follow_within_the_same_filter(tmp_path: Path) -> None:
    """Sorting turns round on the second click and begins on the first page; the next page keeps filter and sort."""
    template = """{% call(row) ui.table("表", ["编号", {"label": "到期", "key": "due"}, {"label": "份数", "key": "n", "number": true}], [1], "due", "C=") %}
    <td>{{ row }}</td>{% endcall %}"""
    page = shown(tmp_path, template, "/page?state=OPEN&cursor=B&sort=due")
    assert page.find("a", rel="next")["href"] == "/page?state=OPEN&sort=due&cursor=C%3D"
    assert page.find("th", **{"aria-sort": "ascending"})
    assert [attrs["href"] for _, attrs in page.tags if attrs.get("class") == "ow-sort"] == ["/page?state=OPEN&sort=-due", "/page?state=OPEN&sort=n"]


def test_each_cell_names_its_column(tmp_path: Path) -> None:
    """Each cell of a list names its column, for screens on which a row is a card; a name is text, and what is within a cell is no cell."""
    template = """{% call(row) ui.table("表", ["编号", {"label": "份<数>", "number": true}], [1]) %}
    <th scope="row">{{ row }}</th><td class="ow-number"><time>2</time></td>{% endcall %}"""
    page = shown(tmp_path, template)
    assert [(tag, attrs["data-label"]) for tag, attrs in page.tags if "data-label" in attrs] == [("th", "编号"), ("td", "份<数>")]


def test_lists_leave_out_this_year(tmp_path: Path) -> None:
    """Where many days stand below each other, the year is said only where it is not this one (NOW is in 2026)."""
    days = [date(2026, 12, 31), date(2027, 1, 1), None]
    template = "{% for one in days %}{{ one | short_day }}，{% endfor %}{{ begin | short_moment }}，{{ old | short_moment }}，{{ none | short_moment }}"
    page = shown(tmp_path, template, days=days, begin=datetime(2026, 1, 1, tzinfo=UTC), old=datetime(2025, 12, 31, tzinfo=UTC))
    assert page.text == "12月31日 周四，2027年1月1日 周五，—，1月1日 周四 08:00，2025年12月31日 周三 08:00，—"


def test_documents_are_printed_in_one_form(tmp_path: Path) -> None:
    """Given a letter that is not given out yet, it says that its number is to come, and its day as official documents write it."""
    letter = {"title": "告知书", "number": "", "addressee": "张三", "paragraphs": ["一、事由。"], "agency": "示例局", "day": date(2026, 3, 2)}
    page = shown(tmp_path, "{{ ui.paper(letter) }}", letter=letter)
    assert page.text.split() == ["告知书", "编号：确认后自动生成", "张三：", "一、事由。", "示例局2026年3月2日"]


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    """A list without rows is no empty table: it says what is missing and what comes next."""
    page = shown(tmp_path, '{% call(row) ui.table("表", ["编号"], [], empty="没有待办", hint="稍后再看") %}{% endcall %}')
    assert "没有待办" in page.text
    assert "稍后再看" in page.text
    assert not [tag for tag, _ in page.tags if tag == "table"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((date(2026, 3, 9), 5, "RUNNING"), "●3月9日 周一，剩 5 个工作日"),
        ((date(2026, 3, 3), 1, "RUNNING"), "▲3月3日 周二，剩 1 个工作日"),
        ((date(2026, 3, 2), 0, "RUNNING"), "▲3月2日 周一，今天到期"),
        ((date(2026, 2, 27), -1, "BREACHED"), "■2月27日 周五，超期 1 个工作日"),
        ((date(2027, 1, 4), 9, "RUNNING"), "●2027年1月4日 周一，剩 9 个工作日"),
        ((None, 4, "STANDING"), "‖暂停计时，剩 4 个工作日"),
        ((date(2026, 3, 9), 5, "DECIDED"), "3月9日 周一，按期办结"),
        ((date(2026, 3, 9), -1, "DECIDED_LATE"), "■3月9日 周一，超期办结"),
    ],
)
def test_deadlines_are_told_without_colour(tmp_path: Path, given: tuple[object, ...], text: str) -> None:
    """The due day, what is left, the light (one working day left, SUP-L01) and the breach are told by sign and words."""
    page = shown(tmp_path, "{{ ui.deadline(*given) }}", given=given)
    assert "".join(page.text.split()) == "".join(text.split())


def test_contexts_add_to_every_page(tmp_path: Path) -> None:
    """A service adds what all its pages show, such as the unread messages."""
    assert shown(tmp_path, "{{ unread }} {{ word('RED') }} {{ 'market-regulation' | department }}").text == "3 红牌 示例区市场监督管理局"


@pytest.mark.parametrize("roles", [{role} for role in Role] + [{Role.APPLICANT, Role.ADMINISTRATOR}, set(Role)])
def test_each_way_has_its_own_letter(roles: set[Role]) -> None:
    """No letter after g leads two ways, and no way is listed twice, whatever roles an account has."""
    links = navigation(Actor("a", "示例", frozenset(roles)))
    assert len({link.address for link in links}) == len(links)
    assert len({link.key for link in links}) == len(links)


@pytest.mark.parametrize(
    ("role", "path", "label"),
    [
        (Role.SUPERVISOR, "/supervision/reviews/7", "统计"),
        (Role.SUPERVISOR, "/supervision/figures/behind", "统计"),
        (Role.AUDITOR, "/supervision/histories", "办件全程"),
        (Role.SUPERVISOR, "/supervision/patterns", "实时监察"),
        (Role.LEADER, "/supervision/rules", "黄灯红牌"),
        (Role.HANDLER, "/workflow/cases/7/do/stop", "待办"),
        (Role.HANDLER, "/intake/applications/7", "受理"),
        (Role.APPLICANT, "/intake/applications/7", "我的申请"),
        (Role.APPLICANT, "/intake/items/7/apply", "办事指南"),
        (Role.APPLICANT, "/intake/", "政务大厅"),
        (Role.APPLICANT, "/intake/register", None),
        (Role.AUDITOR, "/certificates/results/7", "证照库核查"),
    ],
)
def test_the_way_by_which_a_page_is_reached_is_marked(role: Role, path: str, label: str | None) -> None:
    """A page below an entry of the navigation, or one that belongs to it, marks that entry; the hall stands for itself alone."""
    links = navigation(Actor("a", "示例", frozenset({role})))
    assert getattr(current(links, path), "label", None) == label


def test_whoever_has_several_roles_sees_the_nearest_way() -> None:
    """Given an officer who is an applicant, too, an application is reached by the list of applications, whose page it is below."""
    links = navigation(Actor("a", "示例", frozenset({Role.HANDLER, Role.APPLICANT})))
    assert getattr(current(links, "/intake/applications/7"), "label", None) == "我的申请"
