"""The picture of a case that its facts make, with its clocks (CLK-04)."""

from dataclasses import dataclass
from datetime import datetime

from services.supervision.domain.case_seen import CaseSeen
from services.supervision.domain.clocks import OF_STAGES, ClockSeen, clocks_of


@dataclass(slots=True)
class Picture(CaseSeen):
    """What was seen of a case, and the clocks that it started, made once."""

    _clocks: list[ClockSeen] | None = None

    def clocks(self) -> list[ClockSeen]:
        """Give the clocks of the case that the facts have started."""
        if self._clocks is None:
            self._clocks = list(clocks_of(self))
        return self._clocks

    def forget_clocks(self) -> None:
        """Make the clocks anew when next asked: a card was changed."""
        self._clocks = None

    def clock(self, key: str) -> ClockSeen | None:
        """Give one clock of the case."""
        for clock in self.clocks():
            if clock.key == key:
                return clock
        return None

    def responsible_for(self, clock: ClockSeen, moment: datetime) -> tuple[str, str | None]:
        """Give the department and the officer responsible for a clock at a moment: for those of a stage, whoever held this stage."""
        for stage in self.stages if clock.name in OF_STAGES else ():
            if clock.key in {stage.key, stage.handover_key}:
                held = [officer for since, officer in stage.holders if since <= moment]
                return stage.department, held[-1] if held else None
        return self.responsible(moment)
