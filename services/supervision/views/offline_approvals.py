"""The read model of approvals that were given offline and registered afterwards, by day; the bulletin counts them, and leads to them."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Column, Date, MetaData, String, Table, Uuid

from services.chassis.storage.database import Change, Database, Upsert
from services.supervision.domain.case_file import CaseFile


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "offline_approvals",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String),
        Column("item_name", String),
        Column("department", String),
        Column("officer", String),
        Column("approved_on", Date, index=True),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the row of an approval that was registered."""
    for fact in file.facts.values():
        if fact.name == "offline-approval-registered":
            values = {name: fact.data[name] for name in ("number", "item_name", "department", "officer")}
            yield Upsert(database.table("offline_approvals"), {"id": file.id, **values, "approved_on": date.fromisoformat(fact.data["approved_on"])})
