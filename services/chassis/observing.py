"""How a process is seen from outside: figures for Prometheus, read when it asks, and health, which means that every part still goes round."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import exc, func, select, text

from services.chassis.auth import Anyone
from services.chassis.bus.base import Bus
from services.chassis.bus.concerning import position_of
from services.chassis.bus.relay import POSITION
from services.chassis.service import Service
from services.chassis.timekeeping import Now

STALLED_SECONDS = 120.0
"""A part that has not gone round for so long hangs: restart the process."""


class Figures(Collector):
    """Gives, for each service of a process, how much waits and since when."""

    def __init__(self, services: Sequence[Service], bus: Bus, now: Now) -> None:
        self._services = services
        self._bus = bus
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Read the figures; nothing of a service whose database does not answer."""
        waits = GaugeMetricFamily("onewindow_relay_lag_seconds", "how long the oldest event waits to be relayed", labels=["service"])
        lag = GaugeMetricFamily("onewindow_relay_lag_events", "events stored and not yet relayed", labels=["service"])
        letters = GaugeMetricFamily("onewindow_dead_letters", "events that could not be heard and wait for an operator", labels=["service"])
        timers = GaugeMetricFamily("onewindow_timers_open", "due times that lie ahead or wait", labels=["service", "kind"])
        late = GaugeMetricFamily("onewindow_sweep_lateness_seconds", "how long the oldest due timer waits", labels=["service"])
        untold = GaugeMetricFamily("onewindow_department_lag_events", "events stored and not yet looked at for a department", labels=["service", "department"])
        late_told = GaugeMetricFamily(
            "onewindow_department_lag_seconds", "how long the oldest event waits to be looked at for a department", labels=["service", "department"]
        )
        gaps = GaugeMetricFamily("onewindow_inbox_gaps", "lanes in which something is missing", labels=["service"])
        for service in self._services:
            try:
                newest, waiting, kept, open_timers, oldest = _read(service)
                waits.add_metric([service.name], self._waits(service, POSITION) if waiting else 0.0)
                for department in sorted(self._bus.departments()) if service.name in self._bus.told else ():
                    unlooked = newest - (service.recorder.max_tracking_id(position_of(department)) or 0)
                    untold.add_metric([service.name, department], unlooked)
                    late_told.add_metric([service.name, department], self._waits(service, position_of(department)) if unlooked else 0.0)
                yield from service.figures()
            except exc.DBAPIError:
                continue
            lag.add_metric([service.name], waiting)
            letters.add_metric([service.name], kept)
            for kind, count in open_timers.items():
                timers.add_metric([service.name, kind], count)
            late.add_metric([service.name], max(0.0, (self._now() - oldest).total_seconds()) if oldest else 0.0)
            if (inbox := self._bus.inboxes.get(service.name)) is not None:
                gaps.add_metric([service.name], len(inbox.gaps))
        yield from (waits, lag, untold, late_told, letters, timers, late, gaps, self._behind(), self._halted(), self._progress())

    def _waits(self, service: Service, name: str) -> float:
        recorder = service.recorder
        unsaid = recorder.select_notifications(recorder.max_tracking_id(name) or 0, 1, inclusive_of_start=False)
        recorded: list[datetime] = [service.mapper.to_domain_event(one).timestamp for one in unsaid]  # type: ignore[attr-defined]
        return max([(self._now() - moment).total_seconds() for moment in recorded], default=0.0)

    def _behind(self) -> GaugeMetricFamily:
        behind = GaugeMetricFamily("onewindow_inbox_lag_events", "events on the bus that were not yet heard", labels=["service", "topic", "lane"])
        for name, lanes in self._bus.behind().items():
            for (topic, lane), count in lanes.items():
                behind.add_metric([name, topic, str(lane)], count)
        return behind

    def _halted(self) -> GaugeMetricFamily:
        halted = GaugeMetricFamily("onewindow_inbox_halted", "lanes that wait for a newer program", labels=["service"])
        for name, count in self._bus.halted().items():
            halted.add_metric([name], count)
        return halted

    def _progress(self) -> GaugeMetricFamily:
        progress = GaugeMetricFamily("onewindow_progress_age_seconds", "how long ago a part last went round", labels=["part"])
        for part, age in ages(self._bus).items():
            progress.add_metric([part], age)
        return progress


def _read(service: Service) -> tuple[int, int, int, Mapping[str, int], datetime | None]:
    events, tracking = service.database.table("events").c, service.database.table("tracking").c
    letters, timers = service.database.table("dead_letters"), service.database.table("timers").c
    with service.database.reading.connect() as connection:
        newest = connection.execute(select(func.max(events.position))).scalar() or 0
        relayed = connection.execute(select(tracking.position).where(tracking.name == POSITION)).scalar() or 0
        kept = connection.execute(select(func.count()).select_from(letters).where(letters.c.replayed.is_(None))).scalar_one()
        open_timers = {row.kind: row.number for row in connection.execute(select(timers.kind, func.count().label("number")).group_by(timers.kind))}
        oldest = connection.execute(select(func.min(timers.due))).scalar()
    return newest, newest - relayed, kept, open_timers, oldest


def ages(bus: Bus) -> dict[str, float]:
    """Say how many seconds ago each part of a running bus last went round."""
    return {part: time.monotonic() - moment for part, moment in bus.rounds().items()}


def observe(app: FastAPI, services: Sequence[Service], bus: Bus, now: Now) -> None:
    """Serve `/metrics`, `/health/live` and `/health/ready` at the root of a process; a proxy keeps them to itself."""
    figures = CollectorRegistry()
    figures.register(Figures(services, bus, now))

    @app.get("/metrics", include_in_schema=False)
    def metrics(_: Anyone) -> Response:
        return Response(generate_latest(REGISTRY) + generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    @app.get("/health/live", include_in_schema=False)
    def live(_: Anyone) -> JSONResponse:
        stalled = sorted(part for part, age in ages(bus).items() if age > STALLED_SECONDS)
        return JSONResponse({"status": "stalled" if stalled else "live", "stalled": stalled}, 503 if stalled else 200)

    @app.get("/health/ready", include_in_schema=False)
    def ready(_: Anyone) -> JSONResponse:
        away = sorted(service.name for service in services if not _answers(service))
        return JSONResponse({"status": "waiting" if away else "ready", "databases": away}, 503 if away else 200)


def _answers(service: Service) -> bool:
    try:
        with service.database.reading.connect() as connection:
            connection.execute(text("SELECT 1"))
    except exc.DBAPIError:
        return False
    return True
