"""Supervision's read models: each is a module with its tables, the rows that an aggregate makes, and its lists; here they are composed."""

from collections.abc import Callable, Iterable
from typing import Any

from eventsourcing.domain import Aggregate
from sqlalchemy import MetaData

from services.chassis.storage.database import Change, Database
from services.kernel.calendar import WorkingDayCalendar
from services.supervision.domain.accountability import AccountabilityRecord
from services.supervision.domain.case_file import CaseFile
from services.supervision.domain.disagreement import Disagreement
from services.supervision.domain.follow_up import FollowUp
from services.supervision.domain.mutual_rating import MutualRating
from services.supervision.domain.spot_check import SpotCheck
from services.supervision.domain.verification import Verification
from services.supervision.views import (
    accountability,
    cases,
    complaints,
    disagreements,
    looks,
    mutual_ratings,
    offline_approvals,
    patterns,
    recomputed,
    reviews,
    spot_checks,
    verifications,
    warnings,
)

_PROJECTIONS: dict[type[Aggregate], Callable[[Database, Any], Iterable[Change]]] = {
    FollowUp: reviews.of_follow_up,
    SpotCheck: spot_checks.project,
    Verification: verifications.of_list,
    Disagreement: disagreements.project,
    MutualRating: mutual_ratings.project,
    AccountabilityRecord: accountability.project,
}


def tables() -> MetaData:
    """Give supervision's tables."""
    metadata = MetaData()
    for view in (
        cases,
        warnings,
        offline_approvals,
        verifications,
        patterns,
        spot_checks,
        complaints,
        reviews,
        recomputed,
        disagreements,
        mutual_ratings,
        accountability,
    ):
        view.tables(metadata)
    return metadata


def project(database: Database, calendar: WorkingDayCalendar, aggregate: Aggregate) -> Iterable[Change]:
    """Give the rows of an aggregate, and of a case file the timer of its next look, as functions of what it holds alone."""
    if (projection := _PROJECTIONS.get(type(aggregate))) is not None:
        yield from projection(database, aggregate)
        return
    assert isinstance(aggregate, CaseFile)  # noqa: S101 - the only other aggregate
    yield from verifications.of_file(database, aggregate)
    yield from patterns.of_file(database, calendar, aggregate)
    yield from complaints.of_file(database, calendar, aggregate)
    yield from reviews.of_file(database, aggregate)
    yield from recomputed.of_file(database, aggregate)
    yield from offline_approvals.of_file(database, aggregate)
    yield from cases.of_file(database, calendar, aggregate)
    yield from warnings.of_file(database, aggregate)
    yield from looks.of_file(database, calendar, aggregate)
