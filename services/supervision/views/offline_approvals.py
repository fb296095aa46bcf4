"""The read model of approvals that were given offline and registered afterwards, by day; the bulletin counts them."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Column, Date, MetaData, String, Table, Uuid

from services.chassis.database import Change, Database, Upsert
from services.supervision.domain.case_file import CaseFile


def tables(metadata: MetaData) -> None:
    """Define the table."""
    Table(
        "offline_approvals",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("department", String),
        Column("approved_on", Date, index=True),
        info={"view": True},
    )


def of_file(database: Database, file: CaseFile) -> Iterable[Change]:
    """Give the row of an approval that was registered."""
    for fact in file.facts.values():
        if fact.name == "offline-approval-registered":
            values = {"id": file.id, "department": fact.data["department"], "approved_on": date.fromisoformat(fact.data["approved_on"])}
            yield Upsert(database.table("offline_approvals"), values)
