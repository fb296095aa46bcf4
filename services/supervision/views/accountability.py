"""The read model of accountability: each finding of each who answers for a month, withdrawn ones too (SUP-27)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, Uuid, select

from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.accountability import AccountabilityRecord


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "accountability_findings",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("ordinal", Integer, primary_key=True),
        Column("month", Date),
        Column("department", String),
        Column("officer", String),
        Column("measure", String),
        Column("mitigated", Boolean),
        Column("exempted", String),
        Column("reason", String),
        Column("found", Instant),
        Column("by", String),
        Column("withdrawn", Instant),
        Column("why", String),
        Index("accountability_findings_by_month", "month", "department"),
        info={"view": True},
    )


def project(database: Database, one: AccountabilityRecord) -> Iterable[Change]:
    """Give a row for each finding."""
    known = {"id": one.id, "month": one.month, "department": one.department, "officer": one.officer}
    for ordinal, finding in enumerate(one.findings):
        said = {"measure": finding.measure, "mitigated": finding.mitigated, "exempted": finding.exempted, "reason": finding.reason}
        since = {"found": finding.found, "by": finding.by, "withdrawn": finding.withdrawn, "why": finding.why}
        yield Upsert(database.table("accountability_findings"), {**known, "ordinal": ordinal, **said, **since})


def of_month(database: Database, month: date, departments: Sequence[str] = ()) -> list[Row]:
    """Give a month's findings about some departments (all where none is named), in the order in which they were made."""
    table = database.table("accountability_findings")
    query = select(table).where(table.c.month == month)
    if departments:
        query = query.where(table.c.department.in_(departments))
    return rows_of(database, query.order_by(table.c.department, table.c.found, table.c.id, table.c.ordinal))
