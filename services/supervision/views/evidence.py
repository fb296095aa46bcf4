"""What a row says of the fact of a case that it is about: its evidence, the case, and who was responsible when it happened."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, String, Uuid, select

from services.chassis.storage.database import Database
from services.chassis.storage.rows import Row, rows_of
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.facts import Fact


def evidence_columns() -> tuple[Column[Any], ...]:
    """Give the columns of whatever is about a fact."""
    return (
        Column("evidence", String, primary_key=True),
        Column("case_id", Uuid),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
    )


def about(file: CaseFile, fact: Fact) -> Mapping[str, UUID | str | None]:
    """Give what these columns hold."""
    picture = file.picture
    department, officer = picture.responsible(fact.happened)
    known = {"evidence": fact.evidence, "case_id": file.id, "number": picture.number, "item_name": picture.item.get("name")}
    return {**known, "department": department, "officer": officer}


def answered(database: Database, table: str, answers: str) -> Select[Any]:
    """Give the query for the rows of a table, each with what another one says of the same evidence, where it does."""
    rows, said = database.table(table), database.table(answers)
    return select(rows, *(column for column in said.c if column.name != "evidence")).select_from(rows.outerjoin(said, rows.c.evidence == said.c.evidence))


def one_of(database: Database, table: str, answers: str, evidence: str) -> Row | None:
    """Give the one of these rows that has this evidence."""
    return next(iter(rows_of(database, answered(database, table, answers).where(database.table(table).c.evidence == evidence))), None)
