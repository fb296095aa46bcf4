"""The read model of remarkable ways of handling: what each case shows, and which of it are patterns across cases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, String, Table, Uuid, select

from services.chassis.storage.database import Change, Database, Delete, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.kernel.calendar import WorkingDayCalendar, local_day
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.patterns import REVISED, THRESHOLDS, PatternKind, is_long, signs

MOST = 500


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "signs",
        metadata,
        Column("evidence", String, primary_key=True),
        Column("kind", String, primary_key=True),
        Column("case_id", Uuid),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
        Column("happened", Instant),
        Column("weight", Integer),
        Column("detail", String),
        Column("lasts_since", Date),
        Index("signs_by_kind", "kind", "happened"),
        info={"view": True},
    )


def of_file(database: Database, calendar: WorkingDayCalendar, file: CaseFile) -> Iterable[Change]:
    """Give the rows of what a case shows."""
    picture = file.picture
    item = {"number": picture.number, "item": picture.item.get("code"), "item_name": picture.item.get("name")}
    shown = list(signs(picture, calendar))
    still = {(one.evidence, one.kind) for one in shown}
    for fact in file.facts.values():
        yield from (Delete(database.table("signs"), (fact.evidence, kind.value)) for kind in REVISED.get(fact.name, ()) if (fact.evidence, kind) not in still)
    for one in shown:
        department, _ = picture.responsible(one.happened)
        found = {"evidence": one.evidence, "kind": one.kind.value, "case_id": file.id, "officer": one.officer, "weight": one.weight, "detail": one.detail}
        yield Upsert(database.table("signs"), {**found, **item, "department": department, "happened": one.happened, "lasts_since": one.lasts_since})


def listed(database: Database, calendar: WorkingDayCalendar, today: date, *, kind: str = "", departments: Sequence[str] = ()) -> list[Row]:
    """Give what is remarkable by today, the newest first: after-hours signatures where there are many, stops where they are far longer than usual."""
    table = database.table("signs")
    query = select(table).order_by(table.c.happened.desc(), table.c.evidence)
    if kind:
        query = query.where(table.c.kind == kind)
    rows = rows_of(database, query)
    bursts: dict[tuple[Any, ...], int] = defaultdict(int)
    stops: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row["kind"] == PatternKind.AFTER_HOURS.value:
            bursts[row["officer"], local_day(row["happened"])] += 1
        elif row["kind"] == PatternKind.LONG_STOP.value:
            _count_stop(row, calendar, today)
            # What is usual is told by the stops that ended.
            if row["lasts_since"] is None:
                stops[row["item"]].append(row["weight"])

    def is_remarkable(row: Row) -> bool:
        if row["kind"] == PatternKind.AFTER_HOURS.value:
            return bursts[row["officer"], local_day(row["happened"])] >= THRESHOLDS.signatures_in_a_burst
        return row["kind"] != PatternKind.LONG_STOP.value or is_long(row["weight"], stops[row["item"]])

    return [row for row in rows if is_remarkable(row) and (not departments or row["department"] in departments)][:MOST]


def _count_stop(row: Row, calendar: WorkingDayCalendar, today: date) -> None:
    """Say how many working days a stop took, or has taken by today."""
    begin: date | None = row["lasts_since"]
    if begin is not None:
        row["weight"] = calendar.count(begin, max(today, begin))
    row["detail"] = f"{'已经' if begin else ''}暂停 {row['weight']} 个工作日{'，还没有恢复' if begin else ''}，{row['detail']}"
