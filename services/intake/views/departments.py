"""What departments report of their own cases, and what they approved outside the system."""

from collections.abc import Iterable

from sqlalchemy import Column, Date, Index, Integer, MetaData, String, Table, Uuid, select

from services.chassis.http.paging import paged
from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.rows import Row
from services.intake.domain.department_case import DepartmentCase
from services.intake.domain.offline import OfflineApproval


def tables(metadata: MetaData) -> None:
    """Add the tables of reported cases and of approvals given outside the system."""
    Table(
        "department_cases",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("department", String),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("last_step", String),
        Column("reports", Integer),
        Column("refused", Integer),
        Column("modified", Instant),
        Index("department_cases_by_department", "department", "modified", "id"),
        info={"view": True},
    )
    Table(
        "offline_approvals",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("number", String),
        Column("item", String),
        Column("item_name", String),
        Column("department", String),
        Column("approved_on", Date),
        Column("cause", String),
        Column("registered", Instant),
        Index("offline_approvals_by_registration", "registered", "id"),
        Index("offline_approvals_by_day", "approved_on", "id"),
        Index("offline_approvals_by_number", "number", "id"),
        info={"view": True},
    )


def of_case(database: Database, case: DepartmentCase) -> Iterable[Change]:
    """Give the row of a case that a department reports."""
    item = case.item
    values = {
        "id": case.id,
        "department": case.department,
        "number": case.number,
        "item": item.code if item else None,
        "item_name": item.name if item else None,
        "last_step": case.last_step,
        "reports": len(case.reports),
        "refused": len(case.refused),
        "modified": case.modified_on,
    }
    yield Upsert(database.table("department_cases"), values)


def of_offline_approval(database: Database, approval: OfflineApproval) -> Iterable[Change]:
    """Give the row of an approval given outside the system."""
    names = ("id", "number", "item", "item_name", "department", "approved_on")
    values = {name: getattr(approval, name) for name in names}
    yield Upsert(database.table("offline_approvals"), {**values, "cause": approval.cause.value, "registered": approval.created_on})


def offline_approvals(database: Database, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give the registrations of approvals given outside the system, newest first, and the cursor of the next page."""
    table = database.table("offline_approvals")
    orders = {"-registered": (table.c.registered, table.c.id), "approved": (table.c.approved_on, table.c.id), "number": (table.c.number, table.c.id)}
    return paged(database, select(table), orders, sort, cursor)
