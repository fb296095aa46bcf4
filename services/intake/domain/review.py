"""好差评: the applicant marks each stage of the service from one to five, once, when it is over (SUP-25)."""

from enum import StrEnum

BEST, WORST = 5, 1


class ReviewStage(StrEnum):
    """What is marked."""

    RECEPTION = "RECEPTION"
    CORRECTION = "CORRECTION"
    ACCEPTANCE = "ACCEPTANCE"
    RESULT = "RESULT"


class ReviewTag(StrEnum):
    """What the mark is about; no free words, so that nothing personal is on the bus."""

    ATTITUDE = "ATTITUDE"
    WAITING = "WAITING"
    MATERIALS = "MATERIALS"
    EXPLANATION = "EXPLANATION"
    SPEED = "SPEED"
