"""The read model of spot checks: each draw, and each drawn case with what was found."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, String, Table, Uuid, select

from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.spot_check import Candidate, SpotCheck

MOST = 100


def tables(metadata: MetaData) -> None:
    """Define the tables."""
    Table(
        "spot_checks",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("drawn", Instant, index=True),
        Column("seed", BigInteger),
        Column("population", Integer),
        Column("digest", String),
        Column("department", String),
        Column("first", Date),
        Column("last", Date),
        Column("size", Integer),
        Column("found", Integer),
        info={"view": True},
    )
    Table(
        "spot_cases",
        metadata,
        Column("check_id", Uuid, primary_key=True),
        Column("case_id", Uuid, primary_key=True),
        Column("place", Integer),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("reason", String),
        Column("rule", String),
        Column("card", Uuid),
        Column("found", Instant),
        info={"view": True},
    )


def project(database: Database, check: SpotCheck) -> Iterable[Change]:
    """Give the rows of a spot check."""
    values = {"id": check.id, "drawn": check.created_on, "seed": check.seed, "population": check.population, "digest": check.digest}
    period = {"department": check.department, "first": check.first, "last": check.last}
    yield Upsert(database.table("spot_checks"), {**values, **period, "size": len(check.drawn), "found": len(check.findings)})
    for place, one in enumerate(check.drawn):
        finding = check.findings.get(one.case)
        found = {"reason": finding.reason, "rule": finding.rule, "card": finding.card, "found": finding.found} if finding else {}
        known = {"check_id": check.id, "case_id": one.case, "place": place, "number": one.number, "item_name": one.item_name, "department": one.department}
        yield Upsert(database.table("spot_cases"), {**known, **found})


def candidates(database: Database, department: str, first: date, last: date) -> list[Candidate]:
    """Give the cases that can be drawn: those received in a period, of a department or of all."""
    cases = database.table("cases").c
    query = select(cases.id, cases.number, cases.item_name, cases.department).where(cases.received_on >= first, cases.received_on <= last)
    if department:
        query = query.where(cases.department == department)
    with database.reading.connect() as connection:
        return [Candidate(row.id, row.number, row.item_name, row.department) for row in connection.execute(query)]


def newest(database: Database) -> list[Row]:
    """Give the newest draws."""
    table = database.table("spot_checks")
    return rows_of(database, select(table).order_by(table.c.drawn.desc(), table.c.id).limit(MOST))


def one(database: Database, check_id: UUID) -> tuple[Row | None, list[Row]]:
    """Give a draw, None where there is none, and its cases in the order in which they were drawn."""
    drawn, cases = database.table("spot_checks"), database.table("spot_cases")
    found: Sequence[Row] = rows_of(database, select(drawn).where(drawn.c.id == check_id))
    return (found[0] if found else None), rows_of(database, select(cases).where(cases.c.check_id == check_id).order_by(cases.c.place))
