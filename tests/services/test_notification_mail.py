"""E-mail through a real server: sent once; tried again with growing pauses; a refusal ends it; what is in doubt is not sent twice (NOT-01)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.chassis.mail import Mail
from services.chassis.timers import Timers
from services.kernel.actor import Actor, Role
from services.notification.application import Notification
from tests.patience import PATIENCE
from tests.services.notification_house import EMAIL, ITEM, NUMBER, House, Postbox, free_port, heard, house, mail_server

pytestmark = pytest.mark.usefixtures("on_both")

ADMINISTRATOR = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}), "planning")
RECEIVED = heard("application-received", 1)


def mail_of(home: House) -> dict[str, Any]:
    """Give the one e-mail."""
    (row,) = home.messages(channel="EMAIL")
    return row


def test_an_email_is_sent_once(tmp_path: Path) -> None:
    """Given a receipt heard twice and many sweeps, the applicant finds one e-mail with the number, the item and where to read on (NOT-01)."""
    box = Postbox()
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.hear(RECEIVED, RECEIVED)
        for _ in range(3):
            home.timers.sweep()
            home.now.advance_to(home.now() + timedelta(hours=2))
        home.hear(RECEIVED)
        assert (mail_of(home)["state"], mail_of(home)["tries"]) == ("SENT", 1)
    (letter,) = box.letters
    assert (letter["To"], letter["Subject"]) == (EMAIL, f"已收到您的申请（{NUMBER}）")
    text = letter.get_content()
    assert ITEM in text
    assert "http://onewindow.example/notification/messages" in text


def test_a_server_that_is_down_is_tried_until_it_is_up(tmp_path: Path) -> None:
    """Given nobody who answers, the tries come after 1 and 4 minutes and not before; when the server is back, the e-mail goes out once (NOT-01)."""
    port, box = free_port(), Postbox()
    with house(tmp_path, Mail("127.0.0.1", port, timeout=PATIENCE)) as home:
        home.hear(RECEIVED)
        home.timers.sweep()
        assert (mail_of(home)["state"], mail_of(home)["tries"]) == ("WAITING", 1)
        home.now.advance_to(home.now() + timedelta(seconds=59))
        assert home.timers.sweep() == 0
        home.now.advance_to(home.now() + timedelta(seconds=1))
        home.timers.sweep()
        assert mail_of(home)["tries"] == 2
        with mail_server(box, port):
            home.now.advance_to(home.now() + timedelta(minutes=4))
            home.timers.sweep()
            home.timers.sweep()
        assert (mail_of(home)["state"], mail_of(home)["tries"]) == ("SENT", 3)
    assert len(box.letters) == 1


def test_a_server_that_stays_down_ends_in_a_failure_with_its_reason(tmp_path: Path) -> None:
    """Given nobody who answers for a day, five tries were made, then the e-mail failed; administrators see why, and not to whom (NOT-01, SEC-02)."""
    with house(tmp_path, Mail("127.0.0.1", free_port(), timeout=PATIENCE)) as home:
        home.hear(RECEIVED)
        for _ in range(24 * 12):
            home.now.advance_to(home.now() + timedelta(minutes=5))
            home.timers.sweep()
        row = mail_of(home)
        assert (row["state"], row["tries"], row["outcome"]) == ("FAILED", 5, "连接不上邮件服务器（ConnectionRefusedError）")
        answer = home.client(ADMINISTRATOR).get("/notification/api/messages/not-arrived")
        assert [(one["id"], one["state"], one["outcome"]) for one in answer.json()["items"]] == [(str(row["id"]), "FAILED", row["outcome"])]
        assert not any(secret in answer.text for secret in (EMAIL, NUMBER, "zhang"))
        page = home.client(ADMINISTRATOR, Accept="text/html").get("/notification/messages/not-arrived").text
        assert "连接不上邮件服务器" in page
        handler = Actor("market-handler", "示例承办人", frozenset({Role.HANDLER}), "market-regulation")
        assert home.client(handler).get("/notification/api/messages/not-arrived").status_code == 403


@pytest.mark.parametrize(("answer", "state"), [("550 5.1.1 no such user", "FAILED"), ("450 4.2.0 greylisted", "WAITING")])
def test_only_a_permanent_refusal_ends_it_at_once(tmp_path: Path, answer: str, state: str) -> None:
    """Given a recipient refused with 5xx, it failed at the first try; with 4xx (greylisting), it is tried again (NOT-01)."""
    box = Postbox(recipient_answer=answer)
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.hear(RECEIVED)
        home.timers.sweep()
        assert (mail_of(home)["state"], mail_of(home)["tries"], box.asked) == (state, 1, 1)
        assert answer[:3] in mail_of(home)["outcome"]
        box.recipient_answer = "250 OK"
        home.now.advance_to(home.now() + timedelta(minutes=1))
        home.timers.sweep()
    assert len(box.letters) == (1 if state == "WAITING" else 0)


def test_a_bad_goodbye_does_not_send_it_again(tmp_path: Path) -> None:
    """Given a server that took the message and then answers QUIT with an error, the message is sent and not tried again (NOT-01)."""
    box = Postbox(goodbye="421 too busy")
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.hear(RECEIVED)
        home.timers.sweep()
        home.now.advance_to(home.now() + timedelta(hours=3))
        home.timers.sweep()
        assert mail_of(home)["state"] == "SENT"
    assert len(box.letters) == 1


def test_a_message_that_may_have_arrived_is_not_sent_again(tmp_path: Path) -> None:
    """Given a connection that broke after the message and before the answer, it counts as failed with that reason, and nothing comes twice (NOT-01)."""
    box = Postbox(hangs_up=True)
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.hear(RECEIVED)
        home.timers.sweep()
        home.now.advance_to(home.now() + timedelta(hours=3))
        home.timers.sweep()
        assert (mail_of(home)["state"], mail_of(home)["outcome"]) == ("FAILED", "邮件服务器没有答复是否收到，为避免重复不再发送")
    assert len(box.letters) == 1


class PowerCut(BaseException):
    """The machine stops."""


class CutOff(Mail):
    """A mail server at whose call the machine stops."""

    def send(self, message_id: str, recipient: str, subject: str, text: str) -> None:  # noqa: ARG002 - the server's
        """Stop everything."""
        raise PowerCut(message_id)


def test_a_crash_while_sending_shows_and_nothing_comes_twice(tmp_path: Path) -> None:
    """Given a machine that stops in the middle of the first of two e-mails, after the start that one shows as SENDING, and only the other is sent."""
    with house(tmp_path, CutOff("nowhere")) as home:
        home.hear(RECEIVED, heard("case-decided"))
        with pytest.raises(PowerCut):
            home.timers.sweep()
        assert sorted(row["state"] for row in home.messages(channel="EMAIL")) == ["SENDING", "WAITING"]
    box = Postbox()
    with mail_server(box) as mail, house(tmp_path, mail) as home:
        home.now.advance_to(home.now() + timedelta(days=1))
        home.timers.sweep()
        home.timers.sweep()
        assert sorted(row["state"] for row in home.messages(channel="EMAIL")) == ["SENDING", "SENT"]
        (unknown,) = home.client(ADMINISTRATOR).get("/notification/api/messages/not-arrived").json()["items"]
        assert unknown["state"] == "SENDING"
        assert "结果不明" in home.client(ADMINISTRATOR, Accept="text/html").get("/notification/messages/not-arrived").text
    assert len(box.letters) == 1


def test_an_address_that_is_none_fails_alone(tmp_path: Path) -> None:
    """Given an address with a line break beside a good one, the bad e-mail failed at once, and the good one is sent."""
    box = Postbox()
    addresses = {"market-handler": "handler@example.com"}
    with mail_server(box) as mail, house(tmp_path, mail, addresses=addresses) as home:
        home.hear(heard("application-received", applicant={"email": "a@example.com\nBcc: everybody@example.com"}))
        home.hear(heard("card-issued", officer="market-handler"))
        home.timers.sweep()
        states = {row["mailbox"]: (row["state"], row["outcome"]) for row in home.messages(channel="EMAIL")}
    assert states == {"zhang": ("FAILED", "收件地址不能使用"), "market-handler": ("SENT", "")}
    assert [letter["To"] for letter in box.letters] == ["handler@example.com"]


@pytest.mark.parametrize("offices", [{"market-regulation": "office@example.com"}, {"health": "other@example.com"}])
def test_what_is_told_to_an_office_goes_to_its_departments_address(tmp_path: Path, offices: dict[str, str]) -> None:
    """Given a department with an address, what its leaders are told of a card is mailed there, too; one without an address gets none (NOT-01)."""
    box = Postbox()
    with mail_server(box) as mail, house(tmp_path, mail, offices=offices) as home:
        home.hear(RECEIVED, heard("card-issued", officer=None, department="market-regulation"))
        home.timers.sweep()
        assert home.messages(channel="IN_APP", mailbox="LEADER@market-regulation")
    assert [letter["To"] for letter in box.letters if letter["To"] != EMAIL] == [office for code, office in offices.items() if code == "market-regulation"]


def test_two_sweeps_at_once_send_one_email(tmp_path: Path) -> None:
    """Given a second process that sweeps while the first one is at the server, the e-mail is sent once (NOT-01)."""

    class Overtaken(Mail):
        """A mail server at whose call another process sweeps too."""

        def send(self, message_id: str, recipient: str, subject: str, text: str) -> None:  # noqa: ARG002 - the server's
            """Let the other one sweep, then send."""
            calls.append(UUID(message_id))
            if len(calls) == 1:
                Timers(others[0], home.now).sweep()

    calls: list[UUID] = []
    others: list[Notification] = []
    with house(tmp_path, Overtaken("nowhere")) as home, house(tmp_path, Overtaken("nowhere")) as second:
        others.append(second.notification)
        home.hear(RECEIVED)
        home.timers.sweep()
        assert mail_of(home)["state"] == "SENT"
    assert len(calls) == 1


def test_without_a_mail_server_people_are_told_in_the_application_alone(tmp_path: Path) -> None:
    """Given no mail server, there are in-app messages, no e-mails and no timers; nothing pretends to have been sent."""
    with house(tmp_path, addresses={"market-leader": "leader@example.com"}) as home:
        home.hear(RECEIVED, heard("card-issued"))
        assert {row["channel"] for row in home.messages()} == {"IN_APP"}
        assert home.timers.sweep() == 0


def test_a_mail_server_that_was_taken_away_fails_what_waits(tmp_path: Path) -> None:
    """Given an e-mail that waits and a restart without a mail server, it failed with that reason instead of waiting for ever."""
    with house(tmp_path, Mail("127.0.0.1", free_port())) as home:
        home.hear(RECEIVED)
    with house(tmp_path) as home:
        home.timers.sweep()
        assert (mail_of(home)["state"], mail_of(home)["outcome"]) == ("FAILED", "没有配置邮件服务器")
