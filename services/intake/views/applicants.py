"""Whom an account may act for."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, Uuid, select

from services.chassis.storage.database import Change, Database, Upsert
from services.intake.domain.applicant import Applicant


def tables(metadata: MetaData) -> None:
    """Add the table of applicants by account."""
    Table("applicants", metadata, Column("account", String, primary_key=True), Column("applicant", Uuid, primary_key=True), info={"view": True})


def of_applicant(database: Database, applicant: Applicant) -> Iterable[Change]:
    """Give the rows of an applicant, one for each account."""
    for account in sorted(applicant.accounts):
        yield Upsert(database.table("applicants"), {"account": account, "applicant": applicant.id})


def of_account(database: Database, account: str) -> list[UUID]:
    """Give the applicants that an account may act for."""
    table = database.table("applicants").c
    with database.reading.connect() as connection:
        return list(connection.execute(select(table.applicant).where(table.account == account).order_by(table.applicant)).scalars())
