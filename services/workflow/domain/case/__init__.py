"""A case from its opening to its decision (FLW-01 to FLW-09)."""

from services.workflow.domain.case.ended import EndedCase
from services.workflow.domain.case.handed import HandedCase
from services.workflow.domain.case.limited import LimitedCase
from services.workflow.domain.case.staged import StagedCase
from services.workflow.domain.case.supplied import SuppliedCase


class Case(StagedCase, HandedCase, LimitedCase, SuppliedCase, EndedCase):
    """One case. Its id is the application's."""

    TOPIC = "workflow.Case"
