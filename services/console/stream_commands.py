"""`onewindow stream` is a worker of supervision: several may run, one may die."""

import logging
from typing import Annotated

import faust
import typer
from prometheus_client import start_http_server

from services.chassis.inbox import Inbox
from services.chassis.kafka_bus import SPEAKERS, listener, topic
from services.chassis.schema import SchemaOutdated
from services.chassis.timekeeping import system_now
from services.chassis.timers import Timers
from services.chassis.tracing import configure_logging
from services.console.serve_commands import need_real_parts, stop
from services.console.settings import Settings
from services.console.single import compose_single
from services.supervision.stream import create_stream

METRICS_PORT = 8013


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stream")(stream)


def stream(port: Annotated[int, typer.Option(help="/metrics 的端口；几个进程各用一个")] = METRICS_PORT) -> None:
    """启动监察的一个流处理进程（Faust）；可以同时启动几个，它们分担各通道，停掉一个，其余的接手。"""
    configure_logging(logging.WARNING)
    settings = Settings()
    need_real_parts(settings)
    try:
        single = compose_single(settings, "supervision", system_now)
    except SchemaOutdated as error:
        stop(str(error))
    inbox = Inbox(single.service, system_now)
    hearing = listener(inbox, "supervision", settings.kafka, settings.topics)
    sources = [topic(settings.topics, name) for name in SPEAKERS if name != "supervision"]
    app = create_stream(hearing, Timers(single.service, system_now), address=settings.kafka, prefix=settings.topics, topics=sources, replicas=settings.replicas)
    start_http_server(port, "127.0.0.1")
    single.bus.start()
    try:
        faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()
    finally:
        single.close()
