"""The correspondence about a case: who is told what, once, as soon as it is known; tries with growing pauses; no mail twice (NOT-01)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.actor import Actor, Role
from services.notification.domain.correspondence import Correspondence
from services.notification.domain.message import Contact, Message, MessageChannel, MessageState, Notice

CASE = UUID(int=7)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
CONTACT = Contact("reference-1", "zhang", "zhang@example.com", "SJ20260302-000017-K", "食品经营许可证核发")
APPLICANT = Actor("zhang", "张三（示例）", frozenset({Role.APPLICANT}))


def everybody(_: str) -> bool:
    """Let everybody be told by e-mail, too."""
    return True


def nobody(_: str) -> bool:
    """Let nobody be told by e-mail."""
    return False


def notice(event: str = "intake-3", template: str = "application-received", recipient: str = "", email: str = "", **values: str) -> Notice:
    """Give a notice of one sentence."""
    return Notice(event, template, recipient, email, NOW, "收到（{number}）", "「{item}」已经收到。", values)


def correspondence() -> Correspondence:
    """Give a correspondence in which nothing is known."""
    return Correspondence.about(CASE, NOW, NOW)


def waiting_mail() -> tuple[Correspondence, UUID]:
    """Give a correspondence with an e-mail that waits, and the e-mail's id."""
    letters = correspondence()
    letters.learn(CONTACT, NOW, mailed=everybody)
    letters.tell(notice(), NOW, mailed=everybody)
    (mail,) = (one.id for one in letters.messages.values() if one.channel is MessageChannel.EMAIL)
    return letters, mail


def in_app(letters: Correspondence) -> list[Message]:
    """Give the messages in the application."""
    return [one for one in letters.messages.values() if one.channel is MessageChannel.IN_APP]


def test_the_applicant_is_told_in_the_application_and_by_mail() -> None:
    """Given a contact, a notice becomes a message that is there at once and an e-mail that waits for its first try (NOT-01)."""
    letters, mail = waiting_mail()
    (message,) = in_app(letters)
    assert (message.mailbox, message.state, message.subject) == ("zhang", MessageState.SENT, "收到（SJ20260302-000017-K）")
    assert message.text == "「食品经营许可证核发」已经收到。"
    assert (letters.messages[mail].address, letters.messages[mail].state, letters.next_try) == ("zhang@example.com", MessageState.WAITING, NOW)


def test_a_notice_waits_until_it_is_known_what_the_case_is_called() -> None:
    """Given a warning before the receipt, nobody is told; once the receipt comes, it is told once, with number and item."""
    letters = correspondence()
    letters.tell(notice("supervision-1", "yellow-light-lit", "handler"), NOW, mailed=everybody)
    letters.tell(notice("supervision-1", "yellow-light-lit", "handler"), NOW, mailed=everybody)
    assert letters.messages == {}
    letters.learn(CONTACT, NOW, mailed=everybody)
    (message,) = letters.messages.values()
    assert (message.mailbox, message.subject, letters.held) == ("handler", "收到（SJ20260302-000017-K）", {})


@given(st.permutations(["learn", "learn", "received", "received", "decided", "light-handler", "light-handler", "light-leader", "card-handler"]))
def test_each_message_once_whatever_comes_first_and_twice(order: list[str]) -> None:
    """Given the same facts in any order and some of them twice, the same messages exist, each once (NOT-01)."""
    notices = {
        "received": notice(),
        "decided": notice("workflow-9", "case-decided"),
        "light-handler": notice("supervision-1", "yellow-light-lit", "handler", "handler@example.com"),
        "light-leader": notice("supervision-1", "yellow-light-lit", "LEADER@planning"),
        "card-handler": notice("supervision-2", "card-issued", "handler", "handler@example.com", card="c"),
    }
    letters = correspondence()
    for one in order:
        if one == "learn":
            letters.learn(CONTACT, NOW, mailed=everybody)
        else:
            letters.tell(notices[one], NOW, mailed=everybody)
    queued = [event.message for event in letters.collect_events() if isinstance(event, Correspondence.MessageQueued)]
    assert sorted((one.notice.template, one.mailbox, one.channel.value) for one in queued) == [
        ("application-received", "zhang", "EMAIL"),
        ("application-received", "zhang", "IN_APP"),
        ("card-issued", "handler", "EMAIL"),
        ("card-issued", "handler", "IN_APP"),
        ("case-decided", "zhang", "EMAIL"),
        ("case-decided", "zhang", "IN_APP"),
        ("yellow-light-lit", "LEADER@planning", "IN_APP"),
        ("yellow-light-lit", "handler", "EMAIL"),
        ("yellow-light-lit", "handler", "IN_APP"),
    ]
    assert {one.subject for one in queued} == {"收到（SJ20260302-000017-K）"}


def test_without_an_account_the_message_lies_under_the_reference() -> None:
    """Given an application at the window by somebody without account and address, nobody else's mailbox gets the message (SEC-02)."""
    letters = correspondence()
    letters.learn(replace(CONTACT, account=None, email=""), NOW, mailed=everybody)
    letters.tell(notice(), NOW, mailed=everybody)
    assert [(one.mailbox, one.channel) for one in letters.messages.values()] == [("reference-1", MessageChannel.IN_APP)]


def test_without_a_mail_server_nothing_waits() -> None:
    """Given no mail server, the message is there in the application and no e-mail waits for what never comes."""
    letters = correspondence()
    letters.learn(CONTACT, NOW, mailed=nobody)
    letters.tell(notice(), NOW, mailed=nobody)
    assert ([one.channel for one in letters.messages.values()], letters.next_try) == ([MessageChannel.IN_APP], None)


def test_whoever_wants_no_mail_gets_none() -> None:
    """Given an applicant and an officer of whom one wants no e-mail, both read it in the application, and one e-mail waits (NOT-01)."""
    letters = correspondence()
    letters.learn(CONTACT, NOW, mailed=everybody)
    for one in (notice(), notice("supervision-1", "yellow-light-lit", "handler", "handler@example.com")):
        letters.tell(one, NOW, mailed=lambda mailbox: mailbox != "zhang")
    assert sorted((one.mailbox, one.channel.value) for one in letters.messages.values()) == [("handler", "EMAIL"), ("handler", "IN_APP"), ("zhang", "IN_APP")]


def test_tries_pause_longer_each_time_and_end() -> None:
    """Given a server that is down, the pauses are 1, 4, 16 and 64 minutes; after the fifth try the message has failed, with the reason (NOT-01)."""
    letters, mail = waiting_mail()
    moment, pauses = NOW, []
    while letters.next_try is not None:
        assert letters.waiting(letters.next_try - timedelta(seconds=1)) == ()
        moment = letters.next_try
        assert letters.waiting(moment) == (mail,)
        letters.begin_sending(mail, moment)
        letters.finish_sending(mail, moment, "连接不上邮件服务器")
        if letters.next_try is not None:
            pauses.append((letters.next_try - moment) // timedelta(minutes=1))
    failed = letters.messages[mail]
    assert (pauses, failed.state, failed.tries, failed.outcome) == ([1, 4, 16, 64], MessageState.FAILED, 5, "连接不上邮件服务器")
    assert letters.begin_sending(mail, moment) is None


def test_a_final_refusal_ends_it_at_once() -> None:
    """Given a server that will never take the message, the first try is the last (NOT-01)."""
    letters, mail = waiting_mail()
    letters.begin_sending(mail, NOW)
    letters.finish_sending(mail, NOW, "邮件服务器拒收（550）", final=True)
    assert (letters.messages[mail].state, letters.messages[mail].tries, letters.next_try) == (MessageState.FAILED, 1, None)


def test_what_is_being_sent_is_not_begun_again() -> None:
    """Given a try whose outcome is not known, no second try begins, whoever asks and however late (NOT-01)."""
    letters, mail = waiting_mail()
    assert letters.begin_sending(mail, NOW) is not None
    later = NOW + timedelta(days=30)
    assert (letters.begin_sending(mail, later), letters.waiting(later), letters.messages[mail].state) == (None, (), MessageState.SENDING)


@pytest.mark.parametrize("error", ["", "连接不上邮件服务器"])
def test_an_outcome_is_recorded_once(error: str) -> None:
    """Given a message that was sent, a late second report of its outcome changes nothing."""
    letters, mail = waiting_mail()
    letters.begin_sending(mail, NOW)
    letters.finish_sending(mail, NOW)
    version = letters.version
    letters.finish_sending(mail, NOW, error)
    assert (letters.messages[mail].state, letters.version) == (MessageState.SENT, version)


def test_a_message_is_read_once_and_a_mail_never() -> None:
    """Given an in-app message, reading it twice is recorded once; an e-mail cannot be read here; an unknown id is nothing."""
    letters, mail = waiting_mail()
    (message,) = in_app(letters)
    version = letters.version
    for one in (message.id, message.id, mail, UUID(int=1)):
        letters.mark_read(one, APPLICANT, NOW)
    assert (letters.read, letters.version) == (frozenset({message.id}), version + 1)


def test_whoever_was_told_of_a_card_is_known() -> None:
    """Given two cards, the recipients of one are those who were told of it, or will be once the case has a name."""
    letters = correspondence()
    letters.tell(notice("supervision-2", "card-issued", "handler", card="c"), NOW, mailed=nobody)
    assert letters.told_of_card("c") == ("handler",)
    letters.learn(CONTACT, NOW, mailed=nobody)
    letters.tell(notice("supervision-2", "card-issued", "LEADER@planning", card="c"), NOW, mailed=nobody)
    letters.tell(notice("supervision-3", "card-issued", "other", card="d"), NOW, mailed=nobody)
    assert letters.told_of_card("c") == ("LEADER@planning", "handler")


def test_a_template_that_lacks_a_word_is_an_error_and_no_message() -> None:
    """Given words with a name that the event does not say, nothing half-filled is told."""
    letters = correspondence()
    letters.learn(CONTACT, NOW, mailed=nobody)
    with pytest.raises(KeyError):
        letters.tell(replace(notice(), text="请于 {due} 前办理"), NOW, mailed=nobody)
    assert letters.messages == {}
