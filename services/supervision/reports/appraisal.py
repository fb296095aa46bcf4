"""Reads what the appraisal needs: the weights from deploy/supervision/appraisal.yaml, the marks of a period from the views."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec
from sqlalchemy import select

from services.chassis.storage.database import Database
from services.chassis.web.assets import REPOSITORY
from services.kernel.calendar import local_day
from services.supervision import views
from services.supervision.domain.appraisal import VOID, Mark, Satisfaction, Scheme
from services.supervision.rules.escalation import R02
from services.supervision.rules.limits import R01

PATH = REPOSITORY / "deploy" / "supervision" / "appraisal.yaml"


@cache
def schemes() -> tuple[Scheme, ...]:
    """Give every scheme of the file; raise `msgspec.ValidationError` or `ValueError` where it is wrong."""
    return msgspec.yaml.decode(PATH.read_bytes(), type=tuple[Scheme, ...])


def marks(database: Database, first: date, last: date, departments: Sequence[str] = ()) -> list[Mark]:
    """Give the lights and cards of a period, as they are known now."""
    table = database.table("warnings").c
    query = select(database.table("warnings")).where(table.day >= first, table.day <= last)
    if departments:
        query = query.where(table.department.in_(departments))
    # Whoever was exempted from the card of the promised limit still answers for the statutory one.
    promised = select(table.case_id).where(table.rule == R01.code, table.clock == "promised", table.state.not_in(VOID))
    with database.reading.connect() as connection:
        rows = connection.execute(query.order_by(table.day, table.id)).mappings().all()
        late = [row["case_id"] for row in rows if row["rule"] == R01.code and row["clock"] == "statutory"]
        twice = set(connection.execute(promised.where(table.case_id.in_(late))).scalars()) if late else set()
    return [
        Mark(
            str(row["id"]),
            str(row["case_id"]),
            row["number"] or "",
            row["rule"],
            row["level"],
            row["state"],
            row["department"] or "",
            row["officer"],
            row["day"],
            row["rectified"] is not None and row["rectify_by"] is not None and local_day(row["rectified"]) <= row["rectify_by"],
            row["rule"] == R02.code or (row["rule"] == R01.code and row["clock"] == "statutory" and row["case_id"] in twice),
        )
        for row in rows
    ]


def reviewed(database: Database, first: date, last: date, by: str, departments: Sequence[str] = ()) -> dict[str, Satisfaction]:
    """Give how satisfied applicants were in a period, by department or officer."""
    return {row[by]: Satisfaction(row["number"], row["satisfied"]) for row in views.reviews.satisfaction(database, first, last, departments, by)}
