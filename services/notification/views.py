"""Notification's read models: every mailbox with its messages, newest first; and the timers of what is still to be sent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate
from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Select, String, Table, Uuid, func, select

from services.chassis.database import Change, Database, Instant, Upsert
from services.chassis.paging import PAGE, after, from_cursor, to_cursor
from services.chassis.timers import timer
from services.notification.domain import Correspondence, MessageChannel
from services.notification.wording import worded

Row = dict[str, Any]


def tables() -> MetaData:
    """Give notification's tables."""
    metadata = MetaData()
    Table(
        "messages",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid),
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
        info={"view": True},
    )
    return metadata


def project(database: Database, aggregate: Aggregate) -> Iterable[Change]:
    """Give the messages of a case; the values known of the case fill what a single event does not say."""
    assert isinstance(aggregate, Correspondence)  # noqa: S101 - the only aggregate
    for message in aggregate.messages.values():
        subject, text = worded(message.notice)
        values = {
            "id": message.id,
            "case_id": aggregate.id,
            "mailbox": message.mailbox,
            "channel": message.channel.value,
            "template": message.notice.template,
            "subject": subject,
            "text": text,
            "happened": message.notice.happened,
            "state": message.state.value,
            "tries": message.tries,
            "outcome": message.outcome,
            "read": message.id in aggregate.read,
        }
        yield Upsert(database.table("messages"), values)
    waiting = [message.next_try for message in aggregate.messages.values() if message.next_try is not None]
    yield timer(database, "send", aggregate.id, min(waiting, default=None))


def of_mailboxes(database: Database, mailboxes: list[str], cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the in-app messages of some mailboxes, newest first, and the cursor of the next page."""
    table = database.table("messages").c
    query = select(database.table("messages")).where(table.mailbox.in_(mailboxes), table.channel == MessageChannel.IN_APP.value)
    order = (table.happened, table.id)
    if cursor:
        query = query.where(after(order, from_cursor(cursor, datetime, UUID), descending=True))
    rows = _rows(database, query.order_by(table.happened.desc(), table.id.desc()).limit(PAGE + 1))
    return (rows[:PAGE], to_cursor(rows[PAGE - 1]["happened"], rows[PAGE - 1]["id"])) if len(rows) > PAGE else (rows, None)


def unread(database: Database, mailboxes: list[str]) -> int:
    """Count the unread in-app messages of some mailboxes."""
    table = database.table("messages").c
    query = select(func.count()).where(table.mailbox.in_(mailboxes), table.channel == MessageChannel.IN_APP.value, ~table.read)
    with database.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def message(database: Database, identity: UUID) -> Row | None:
    """Give one message."""
    table = database.table("messages")
    return next(iter(_rows(database, select(table).where(table.c.id == identity))), None)


def _rows(database: Database, query: Select[Any]) -> list[Row]:
    with database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
