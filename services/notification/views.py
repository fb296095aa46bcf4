"""Notification's read models: every mailbox with its messages, newest first; and the timers of what is still to be sent or told."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Boolean, Column, ColumnElement, Index, Integer, MetaData, String, Table, Uuid, func, or_, select

from services.chassis.http.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.chassis.timers import timer
from services.notification.domain.correspondence import Correspondence
from services.notification.domain.gathering import Gathering
from services.notification.domain.message import MessageChannel, MessageState


def tables() -> MetaData:
    """Give notification's tables."""
    metadata = MetaData()
    Table(
        "messages",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid),
        Column("event", String),
        Column("mailbox", String),
        Column("channel", String),
        Column("template", String),
        Column("subject", String),
        Column("text", String),
        Column("happened", Instant),
        Column("state", String),
        Column("tries", Integer),
        Column("outcome", String),
        Column("read", Boolean),
        Index("messages_of_mailbox", "mailbox", "channel", "happened", "id"),
        Index("messages_of_event", "event", "mailbox", "channel"),
        Index("messages_by_state", "state", "happened", "id"),
        info={"view": True},
    )
    return metadata


def project(database: Database, aggregate: Aggregate) -> Iterable[Change]:
    """Give the messages of a case and the timer of the next try, or the timer of the morning for which something is gathered."""
    if isinstance(aggregate, Gathering):
        yield timer(database, "gather", aggregate.id, aggregate.due if aggregate.is_open else None)
    if not isinstance(aggregate, Correspondence):
        return
    for message in aggregate.messages.values():
        values = {
            "id": message.id,
            "case_id": aggregate.id,
            "event": message.notice.event,
            "mailbox": message.mailbox,
            "channel": message.channel.value,
            "template": message.notice.template,
            "subject": message.subject,
            "text": message.text,
            "happened": message.notice.happened,
            "state": message.state.value,
            "tries": message.tries,
            "outcome": message.outcome,
            "read": message.id in aggregate.read,
        }
        yield Upsert(database.table("messages"), values)
    yield timer(database, "send", aggregate.id, aggregate.next_try)


def of_mailboxes(database: Database, mailboxes: list[str], cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the in-app messages of somebody's mailboxes, the own one first, newest first, and the cursor of the next page."""
    table = database.table("messages").c
    query = select(database.table("messages")).where(*_seen_in(database, mailboxes))
    order = (table.happened, table.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID), descending=True))
    rows = rows_of(database, query.order_by(table.happened.desc(), table.id.desc()).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["happened"], rows[PAGE - 1]["id"])) if len(rows) > PAGE else (rows, None)


def unread(database: Database, mailboxes: list[str]) -> int:
    """Count the unread in-app messages of somebody's mailboxes, the own one first."""
    query = select(func.count()).select_from(database.table("messages")).where(*_seen_in(database, mailboxes), ~database.table("messages").c.read)
    with database.reading.connect() as connection:
        return int(connection.execute(query).scalar_one())


def unread_ones(database: Database, mailboxes: list[str]) -> list[UUID]:
    """Give the unread in-app messages of somebody's mailboxes, the own one first."""
    messages = database.table("messages").c
    with database.reading.connect() as connection:
        return list(connection.execute(select(messages.id).where(*_seen_in(database, mailboxes), ~messages.read)).scalars())


def _seen_in(database: Database, mailboxes: list[str]) -> tuple[ColumnElement[bool], ...]:
    """Say which messages somebody sees: a leader who is told of something himself does not see it again in his department's mailbox (NOT-01)."""
    messages = database.table("messages")
    same = messages.alias("same")
    told_himself = (
        select(same.c.id).where(same.c.event == messages.c.event, same.c.mailbox == mailboxes[0], same.c.channel == MessageChannel.IN_APP.value).exists()
    )
    in_app = messages.c.channel == MessageChannel.IN_APP.value
    return messages.c.mailbox.in_(mailboxes), in_app, or_(messages.c.mailbox == mailboxes[0], ~told_himself)


def not_arrived(database: Database, cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the e-mails that failed or whose outcome is not known, newest first, without whom they were for and what they said (SEC-02)."""
    table = database.table("messages").c
    columns = (table.id, table.case_id, table.template, table.happened, table.state, table.tries, table.outcome)
    query = select(*columns).where(table.state.in_([MessageState.FAILED.value, MessageState.SENDING.value]))
    order = (table.happened, table.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID), descending=True))
    rows = rows_of(database, query.order_by(table.happened.desc(), table.id.desc()).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["happened"], rows[PAGE - 1]["id"])) if len(rows) > PAGE else (rows, None)


def message(database: Database, identity: UUID) -> Row | None:
    """Give one message."""
    table = database.table("messages")
    return next(iter(rows_of(database, select(table).where(table.c.id == identity))), None)
