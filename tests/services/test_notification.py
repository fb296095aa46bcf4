"""Notification as a service: each message once whatever comes when and twice, nobody else's read, everything said in public and rebuilt (NOT-01, NOT-02)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.bus.letters import Letters
from services.chassis.rebuild import rebuild
from services.kernel.actor import Actor, Role
from services.notification.domain.correspondence import Correspondence
from services.notification.notices import GATHERED, TOLD
from services.notification.wording import templates
from tests.examples import examples
from tests.services.notification_house import APPLICANT_SAID, CASE, EMAIL, ITEM, NUMBER, SAMPLES, House, Postbox, heard, house, mail_server
from tests.services.service_parts import every_row, said

pytestmark = pytest.mark.usefixtures("on_both")

APPLICANT = Actor("zhang", "张三（示例）", frozenset({Role.APPLICANT}))
STRANGER = Actor("li", "李四（示例）", frozenset({Role.APPLICANT}))
HANDLER = Actor("market-handler", "示例承办人", frozenset({Role.HANDLER}), "market-regulation")
LEADER = Actor("market-leader", "示例局长", frozenset({Role.LEADER}), "market-regulation")
OTHER_LEADER = Actor("market-leader-2", "示例副局长", frozenset({Role.LEADER}), "market-regulation")
ELSEWHERE = Actor("health-leader", "示例主任", frozenset({Role.LEADER}), "health")
ADMINISTRATOR = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}), "planning")
API = "/notification/api/messages"
CHANNELS = "/notification/api/channels"
OF_NO_CASE = frozenset({"accountability-found", "accountability-withdrawn"})
STREAMS = (
    ("application-received", "application-accepted"),
    ("clock-stopped", "clock-resumed", "case-decided"),
    ("yellow-light-lit", "card-issued", "card-withdrawn"),
    ("pickup-notice-issued", "result-delivered"),
)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


# Templates (NOT-02)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_every_template_is_filled_from_the_event(home: House, name: str) -> None:
    """Given the published sample of an event that is told, each of its messages names the case and the item and leaves no brace (NOT-02)."""
    card = json.loads(next(SAMPLES.glob("*.card-withdrawn.v1.json")).read_text())["data"]["card"]
    home.hear(heard("accountability-found", 2) if name in OF_NO_CASE else heard("application-received"), heard("card-issued", 1, card=card), heard(name, 90))
    told = home.messages(event=f"{json.loads(heard(name))['type'].split('.')[2]}-90")
    assert told
    for one in told:
        assert one["template"] == name
        assert (NUMBER if name not in OF_NO_CASE else "2026年3月") in one["subject"] + one["text"]
        assert (ITEM if name not in OF_NO_CASE else "责任追究") in one["text"]
        assert not {"{", "}"} & set(one["subject"] + one["text"])
        assert "None" not in one["text"]


def test_every_template_has_its_event() -> None:
    """Given the templates, each is told of some event, or of what was gathered: none is forgotten, none lies dead (NOT-02)."""
    assert set(templates()) == TOLD | {"application-deemed-accepted", GATHERED}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (heard("application-accepted", 90, deemed=True), "逾期未获答复，依法自收到之日起视为受理"),
        (heard("clock-stopped", 90), "因检验暂停计时，预计需要 3 个工作日"),
        (heard("correction-notice-issued", 90), "经营场所平面图——平面图未标注操作间面积"),
        (heard("case-decided", 90, outcome="REFUSED", reasons="场所不符"), "已经作出决定：不予许可。理由：场所不符"),
        (heard("case-decided", 90), "已经作出决定：准予许可。"),
        (heard("result-delivered", 90, delivered_on="2026-03-16"), "已于2026年3月16日（周一）送达"),
        (heard("certificate-revoked", 90, revoked_on="2026-04-01", reason="提供虚假材料"), "已于2026年4月1日（周三）撤销，不再有效。理由：提供虚假材料"),
        (heard("yellow-light-lit", 90), "的承诺时限只剩一个工作日，2026年3月12日（周四）到期"),
        (heard("card-issued", 90), "超过承诺时限未作出决定（SUP-R01）。办理期限为2026年3月12日（周四）。请在2026年3月16日（周一）以前整改。"),
        (heard("card-issued", 90, due=None, rectify_by=None, clock=None, title="未出具书面凭证"), "未出具书面凭证（SUP-R01）。请按规定整改。"),
    ],
)
def test_messages_say_it_in_the_words_of_the_office(home: House, event: bytes, text: str) -> None:
    """Given an event with its codes and days, the message says them in Chinese, and a card without a due day says none (NOT-02)."""
    home.hear(heard("application-received", 1), event)
    told = home.messages(event=json.loads(event)["id"])
    assert told
    assert all(text in one["text"] for one in told)


def test_a_changed_template_does_not_change_what_was_told(home: House) -> None:
    """Given a message, its words are in its event: a rebuild needs no template (AUD-03)."""
    home.hear(heard("application-received"))
    queued = [event for event in home.notification.events.get(CASE) if isinstance(event, Correspondence.MessageQueued)]
    (row,) = home.messages()
    assert [(event.message.subject, event.message.text) for event in queued] == [(row["subject"], row["text"])]


# Once (NOT-01)


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[bytes]]:
    """Give the events of all streams, each stream in its order, mixed with each other, some said again, in batches of any size."""
    left = [list(enumerate(stream, 1)) for stream in STREAMS]
    order: list[bytes] = []
    while any(left):
        stream = draw(st.sampled_from([one for one in left if one]))
        position, name = stream.pop(0)
        order.append(heard(name, position, **({"card": "c-1"} if name.startswith("card") else {})))
        if draw(st.booleans()):
            order.append(draw(st.sampled_from(order)))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1))))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@given(deliveries())
@examples(25)
def test_each_message_once_in_whatever_order_the_streams_come(batches: list[list[bytes]]) -> None:
    """Given every interleaving that keeps each stream's order, duplicates and any batches, the same messages are there, each once (NOT-01)."""
    with TemporaryDirectory() as folder, house(Path(folder)) as home:
        for batch in batches:
            home.hear(*batch)
        told = [(row["template"], row["mailbox"]) for row in home.messages()]
        public = [(one.data["template"], one.data["recipient"]) for one in said(home.notification)]
    leader = "LEADER@market-regulation"
    to_officers = [(template, one) for template in ("card-issued", "card-withdrawn", "yellow-light-lit") for one in (leader, "market-leader")]
    to_applicant = [(template, "zhang") for stream in (0, 1, 3) for template in STREAMS[stream]]
    assert told == sorted(to_officers + to_applicant)
    assert sorted(public) == told


def test_a_case_that_nobody_applied_for_is_told_to_nobody(home: House) -> None:
    """Given events without a receipt, nothing is told until it comes."""
    home.hear(heard("card-issued"), heard("case-decided"))
    assert home.messages() == []
    assert said(home.notification) == []


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (heard("item-revision-published"), "「食品经营许可证核发」（food-operation-licence）"),
        (heard("item-withdrawn"), "「事项不详」（food-operation-licence）"),
        (heard("offline-approval-registered", number="XX-7", item_name="临时占道"), "「临时占道」（XX-7）"),
        (heard("report-refused", number="2026-0100"), "「事项不详」（2026-0100）"),
    ],
)
def test_a_card_on_what_is_no_case_is_told_as_others_are(home: House, named: bytes, text: str) -> None:
    """Given a card on an item, an offline approval or a report that nobody could take, the officer and the leader are told of it by its name (NOT-02)."""
    home.hear(heard("card-issued", officer="market-handler"))
    assert home.messages() == []
    home.hear(named)
    told = home.messages(template="card-issued")
    assert [one["mailbox"] for one in told] == ["LEADER@market-regulation", "market-handler"]
    assert all(text in one["text"] for one in told)


def test_what_is_told_later_has_the_better_name(home: House) -> None:
    """Given a case that was known by a refused report alone, it has its name once a report says it, and keeps it when another is refused."""
    home.hear(heard("report-refused", 1, number=NUMBER), heard("card-issued", 1), heard("step-reported", 2, number=NUMBER))
    home.hear(heard("report-refused", 3, number=NUMBER), heard("card-issued", 2, card="c-2"))
    told = sorted(home.messages(template="card-issued", mailbox="LEADER@market-regulation"), key=lambda row: str(row["event"]))
    assert [("事项不详" in one["text"], ITEM in one["text"]) for one in told] == [(True, False), (False, True)]


def test_an_event_that_cannot_be_opened_is_kept_with_its_reason(home: House) -> None:
    """Given a receipt sealed with another key, it is kept as a dead letter, and the next events are heard."""
    body = json.loads(heard("application-received"))
    body["data"]["applicant"]["sealed"] = "a.b.c.d.e"
    home.inbox.deliver([json.dumps(body).encode(), heard("case-decided")])
    (letter,) = Letters(home.notification).waiting()
    assert "NotOurs" in letter.reason


# By the person's choice (NOT-01)


def test_a_person_chooses_whether_mails_come(tmp_path: Path) -> None:
    """Given an applicant who turns e-mails off and on again, over HTTP and by the page, what is told in between comes in the application alone (NOT-01)."""
    box = Postbox()
    with mail_server(box) as mail, house(tmp_path, mail, addresses={"market-handler": "handler@example.com"}) as home:
        program, browser = home.client(APPLICANT), home.client(APPLICANT, Accept="text/html")
        assert program.get(CHANNELS).json() == {"in_app": True, "email": True}
        home.hear(heard("application-received"))
        assert program.put(CHANNELS, json={"email": False}).json() == {"in_app": True, "email": False}
        home.hear(heard("clock-stopped"), heard("yellow-light-lit", officer="market-handler"))
        shown = browser.get("/notification/channels").text
        assert re.search(r'value="no"[^>]*checked', shown)
        assert browser.post("/notification/channels", data={"email": "maybe"}).status_code == 422
        said_so = browser.post("/notification/channels", data={"email": "yes"})
        assert (said_so.status_code, said_so.headers["location"]) == (303, "channels?saved=true")
        assert home.client(STRANGER).get(CHANNELS).json()["email"] is True
        home.hear(heard("clock-resumed"))
        told = {row["template"] for row in home.messages(mailbox="zhang", channel="IN_APP")}
        mailed = {row["template"] for row in home.messages(mailbox="zhang", channel="EMAIL")}
        assert (told - mailed, mailed) == ({"clock-stopped"}, {"application-received", "clock-resumed"})
        assert len(home.messages(mailbox="market-handler", channel="EMAIL")) == 1
        before = every_row(home.notification)
        rebuild(home.notification)
        assert every_row(home.notification) == before


@pytest.mark.parametrize("body", [{}, {"email": "perhaps"}, {"email": True, "in_app": False}])
def test_a_choice_that_is_none_is_refused(home: House, body: dict[str, object]) -> None:
    """Given a body that chooses nothing, or that would turn off what is always on, it is refused; nobody chooses for nobody."""
    assert home.client(APPLICANT).put(CHANNELS, json=body).status_code == 422
    assert home.client().put(CHANNELS, json={"email": False}).status_code == 401


# Whose (SEC-02)


def test_officer_and_leader_are_warned_once_each(home: House) -> None:
    """Given a warning for a handler, he and his department's leaders see it once each, nobody else (NOT-01, SEC-02)."""
    home.hear(heard("application-received"), heard("yellow-light-lit", officer="market-handler"))
    seen = {one.subject: [row["template"] for row in home.client(one).get(API).json()["items"]] for one in (HANDLER, LEADER, OTHER_LEADER, ELSEWHERE, STRANGER)}
    light = ["yellow-light-lit"]
    assert seen == {"market-handler": light, "market-leader": light, "market-leader-2": light, "health-leader": [], "li": []}


def test_a_leader_who_is_responsible_himself_sees_the_warning_once(home: House) -> None:
    """Given a warning for a leader, he does not see it again in his department's mailbox; the other leader does see it (NOT-01)."""
    home.hear(heard("application-received"), heard("yellow-light-lit", officer="market-leader"))
    assert [row["mailbox"] for row in home.client(LEADER).get(API).json()["items"]] == ["market-leader"]
    assert home.client(LEADER).get(f"{API}/unread").json() == {"unread": 1}
    assert [row["mailbox"] for row in home.client(OTHER_LEADER).get(API).json()["items"]] == ["LEADER@market-regulation"]


def test_only_the_addressee_reads(home: House) -> None:
    """Given a message, a stranger, an officer and an administrator neither see it nor mark it as read; the addressee does, once (SEC-02)."""
    home.hear(heard("application-received"))
    (row,) = home.messages()
    for stranger in (STRANGER, HANDLER, LEADER, ADMINISTRATOR):
        assert home.client(stranger).get(API).json()["items"] == []
        assert home.client(stranger).post(f"{API}/{row['id']}/read").status_code == 404
    assert home.client().get(API).status_code == 401
    mine = home.client(APPLICANT)
    assert mine.get(f"{API}/unread").json() == {"unread": 1}
    assert [mine.post(f"{API}/{row['id']}/read").status_code for _ in range(2)] == [200, 200]
    assert mine.get(f"{API}/unread").json() == {"unread": 0}
    assert [one["read"] for one in mine.get(API).json()["items"]] == [True]
    reads = [event.actor for event in home.notification.events.get(CASE) if isinstance(event, Correspondence.Read)]
    assert reads == ["zhang"]


def test_nothing_personal_is_said_in_public(tmp_path: Path) -> None:
    """Given a sent and a refused e-mail, the bus knows message, template and reference, and no name, number, address or word of it (SEC-02)."""
    box = Postbox(recipient_answer=f"550 5.1.1 <{EMAIL}>: no such user {EMAIL}")
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.hear(heard("application-received"), heard("case-decided"))
        home.timers.sweep()
        public = said(home.notification)
    assert {one.type.split(".")[-2] for one in public} == {"message-sent", "message-failed"}
    everything = json.dumps([one.data for one in public], ensure_ascii=False)
    for secret in (EMAIL, *(str(APPLICANT_SAID[key]) for key in ("name", "number", "phone")), ITEM, "example.com"):
        assert secret not in everything


# The record


def test_a_rebuild_gives_the_same_views(tmp_path: Path) -> None:
    """Given messages that were sent, failed, wait, and were read, a rebuild from the events gives the same rows and timers (AUD-03)."""
    box = Postbox(recipient_answer="550 no")
    with mail_server(box) as mail, house(tmp_path, mail, addresses={"market-leader": "leader@example.com"}) as home:
        home.hear(heard("application-received"))
        home.timers.sweep()
        home.hear(heard("clock-stopped"), heard("card-issued"))
        home.client(APPLICANT).post(f"{API}/{home.messages(channel='IN_APP', mailbox='zhang')[0]['id']}/read")
        before = every_row(home.notification)
        assert {row["state"] for row in before["messages"]} == {"SENT", "FAILED", "WAITING"}
        assert len(before["timers"]) == 1
        rebuild(home.notification)
        assert every_row(home.notification) == before


def test_pages_of_messages_continue_after_the_last_one(home: House) -> None:
    """Given more messages than fit on a page, the pages together show each once, newest first."""
    home.hear(heard("application-received"), *(heard("clock-stopped", 100 + number, stop=f"s{number}") for number in range(70)))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = home.client(APPLICANT).get(API, params={"cursor": cursor}).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
    assert (len(seen), len(set(seen))) == (71, 71)


def test_all_messages_are_marked_at_once(home: House) -> None:
    """Given unread messages of several people, one button marks all of one's own as read, and nobody else's."""
    home.hear(heard("application-received"), heard("clock-stopped", 2), heard("card-issued", 3))
    home.client(APPLICANT, Accept="text/html").post("/notification/messages/read")
    read = [(row["mailbox"], row["read"]) for row in home.messages(channel="IN_APP")]
    assert [is_read for mailbox, is_read in read if mailbox == "zhang"] == [True, True]
    assert [is_read for mailbox, is_read in read if mailbox != "zhang"] == [False, False]


def test_the_inbox_page_shows_marks_and_is_empty_with_a_hint(home: House) -> None:
    """Given the page of messages, unread ones have a button that marks them; whoever has none reads why."""
    page = {"Accept": "text/html"}
    home.hear(heard("application-received"))
    mine = home.client(APPLICANT, **page)
    assert f"已收到您的申请（{NUMBER}）" in mine.get("/notification/messages").text
    (row,) = home.messages()
    assert f'href="/intake/applications/{row["case_id"]}"' in mine.get("/notification/messages").text
    marked = mine.post(f"/notification/messages/{row['id']}/read")
    assert (marked.status_code, marked.headers["location"]) == (303, "../../messages")
    assert "标为已读" not in mine.get("/notification/messages").text
    assert "还没有消息" in home.client(STRANGER, **page).get("/notification/messages").text
