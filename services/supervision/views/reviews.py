"""The read model of applicants' marks: each mark, the follow-up of low ones, and satisfaction by department (SUP-25)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Column, Date, Index, Integer, MetaData, String, Table, case, func, select

from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row, rows_of
from services.kernel.calendar import local_day
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.follow_up import LOW, FollowUp
from services.supervision.views.evidence import about, answered, evidence_columns, one_of

SATISFIED = 4
MOST = 200


def tables(metadata: MetaData) -> None:
    """Define the tables."""
    Table(
        "reviews",
        metadata,
        *evidence_columns(),
        Column("stage", String),
        Column("level", Integer),
        Column("tags", String),
        Column("day", Date),
        Index("reviews_by_day", "day", "department"),
        info={"view": True},
    )
    Table(
        "follow_ups",
        metadata,
        Column("evidence", String, primary_key=True),
        Column("answer", String),
        Column("answered", Instant),
        Column("result", String),
        Column("closed", Instant),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the rows of a case's marks; whoever was responsible when it was given is marked."""
    for fact in file.facts.values():
        if fact.name == "review-given":
            mark = {"stage": fact.data["stage"], "level": fact.data["level"], "tags": ",".join(fact.data["tags"]), "day": local_day(fact.happened)}
            yield Upsert(database.table("reviews"), {**about(file, fact), **mark})


def of_follow_up(database: Database, one: FollowUp) -> Iterable[Change]:
    """Give the row of a follow-up."""
    values = {"evidence": one.evidence, "answer": one.answer, "answered": one.answered, "result": one.result, "closed": one.closed}
    yield Upsert(database.table("follow_ups"), values)


def low_marks(database: Database, departments: Sequence[str] = (), *, waiting: bool = True) -> list[Row]:
    """Give low marks, the oldest first, with how far each is followed up."""
    query = answered(database, "reviews", "follow_ups").where(database.table("reviews").c.level <= LOW)
    if waiting:
        query = query.where(database.table("follow_ups").c.closed.is_(None))
    if departments:
        query = query.where(database.table("reviews").c.department.in_(departments))
    reviews = database.table("reviews").c
    return rows_of(database, query.order_by(reviews.day, reviews.evidence).limit(MOST))


def one(database: Database, evidence: str) -> Row | None:
    """Give a mark with its follow-up."""
    return one_of(database, "reviews", "follow_ups", evidence)


def satisfaction(database: Database, first: date, last: date, departments: Sequence[str] = (), by: str = "department") -> list[Row]:
    """Give by department or officer how many marks a period has, their mean, and the share of those who are satisfied (four or five)."""
    table = database.table("reviews").c
    satisfied = func.sum(case((table.level >= SATISFIED, 1), else_=0))
    query = select(table[by], func.count().label("number"), func.avg(table.level).label("mean"), satisfied.label("satisfied"))
    query = query.where(table.day >= first, table.day <= last, table[by].is_not(None))
    if departments:
        query = query.where(table.department.in_(departments))
    rows = rows_of(database, query.group_by(table[by]).order_by(table[by]))
    return [{**row, "mean": round(float(row["mean"]), 2), "share": row["satisfied"] / row["number"]} for row in rows]
