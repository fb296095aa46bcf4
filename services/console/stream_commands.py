"""`onewindow stream` is a worker of supervision: several may run, one may die."""

import logging
import os
import sys
import threading
import time
from typing import Annotated

import faust
import typer
import uvicorn

from services.chassis.bus.kafka.topics import topic
from services.chassis.collector import settle
from services.chassis.tracing import configure_logging
from services.console.serve_commands import need_real_parts, prepared
from services.console.settings import Settings
from services.supervision.stream import create_stream

logger = logging.getLogger(__name__)

METRICS_PORT = 8013
PAUSE_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stream")(stream)


def stream(
    host: Annotated[str, typer.Option(help="/metrics 和 /health 的监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="/metrics 和 /health 的端口；几个进程各用一个")] = METRICS_PORT,
) -> None:
    """启动监察的一个流处理进程（Faust）。

    可以同时启动几个，它们分担各通道，停掉一个，其余的接手。
    """
    configure_logging()
    settings = Settings()
    need_real_parts(settings)
    single = prepared(settings, "supervision")
    bus = single.bus
    sources = [topic(settings.topics, name) for name in single.service.hears]
    app = create_stream(
        bus.listeners["supervision"],
        bus.timers["supervision"],
        address=settings.kafka,
        prefix=settings.topics,
        topics=sources,
        folder=settings.var / "stream",
        replicas=settings.replicas,
    )
    server = uvicorn.Server(uvicorn.Config(single.app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1))
    health = threading.Thread(target=server.run, name="health", daemon=True)
    health.start()
    bus.start()
    settle()
    try:
        faust.Worker(app, loglevel="WARNING", redirect_stdouts=False, override_logging=False).execute_from_commandline()
    except SystemExit as ended:
        if ended.code:
            _begin_again()
        raise
    finally:
        # Its loop would go on in an interpreter that is no more.
        server.should_exit = True
        health.join()
        single.close()


def _begin_again() -> None:
    """Become a new process in the same place: Faust ends where there is no broker at its start, and its app can't be started twice."""
    logger.error("the worker of supervision begins again")
    time.sleep(PAUSE_SECONDS)
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very command
