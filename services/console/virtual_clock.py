"""The clock of a simulated district: an administrator sets it forward, and whatever falls due on the way happens."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel

from services.chassis.auth import Anyone, allow
from services.chassis.problems import Problem
from services.chassis.timekeeping import VirtualTime
from services.console.embedded import OneWindow
from services.kernel.actor import Actor, Role


class Moment(BaseModel):
    """An instant with its offset."""

    moment: AwareDatetime


def add_clock(window: OneWindow, now: VirtualTime) -> None:
    """Serve the virtual clock under `/time`; an instance on the real clock has no such address."""
    app: FastAPI = window.app

    @app.get("/time")
    def read(_: Anyone) -> Moment:
        """Give the virtual time."""
        return Moment(moment=now())

    @app.post("/time")
    def advance(body: Moment, _: Annotated[Actor, allow(Role.ADMINISTRATOR)]) -> Moment:
        """Set the clock forward, and let every service hear and do what is due by then."""
        try:
            now.advance_to(body.moment)
        except ValueError as error:
            raise Problem(409, "time-goes-forward", "时间只能向前", str(error)) from error
        window.bus.settle()
        return Moment(moment=now())
