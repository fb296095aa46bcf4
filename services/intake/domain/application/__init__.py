"""An application from its receipt until it is accepted, counts as accepted, is refused or is withdrawn (APP-03, COR-01 to COR-07)."""

from services.intake.domain.application.accompanied import AccompaniedApplication
from services.intake.domain.application.answered import AnsweredApplication
from services.intake.domain.application.corrected import CorrectedApplication


class Application(CorrectedApplication, AnsweredApplication, AccompaniedApplication):
    """What was handed in. It keeps the item revision that was in force on the day of receipt (CAT-03)."""

    TOPIC = "intake.Application"
