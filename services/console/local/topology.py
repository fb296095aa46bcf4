"""The distributed deployment on one machine: Kafka, PostgreSQL, a process for each service, and a proxy that gives one address."""

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from services.chassis.bus.kafka.topics import SPEAKERS
from services.chassis.web.assets import REPOSITORY
from services.console.local.kafka import Kafka, install_kafka
from services.console.local.postgres import Postgres
from services.console.local.process import Process, free_port, listens
from services.console.local.proxy import Proxy

CONSOLE = [sys.executable, "-m", "services.console.cli"]
WORKERS = ("stream1", "stream2")


class Topology:
    """All processes, with their data in one folder. `ports` are those of the services, `extra` more settings for them."""

    def __init__(self, folder: Path, port: int, jars: Path, *, postgres: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = f"http://127.0.0.1:{port}"
        self.kafka = Kafka(install_kafka(jars), folder / "kafka", free_port())
        self.postgres = Postgres(folder / "postgres", free_port(), **(postgres or {}))
        self.ports = {name: free_port() for name in ("identity", *SPEAKERS)}
        self.proxy = Proxy(folder / "proxy", port, self.ports)
        self.environment = {
            "ONEWINDOW_VAR": str(folder / "var"),
            "ONEWINDOW_PUBLIC_URL": self.address,
            "ONEWINDOW_KAFKA": self.kafka.address,
            "ONEWINDOW_DATABASE": self.postgres.url(),
            "PYTHONPATH": str(REPOSITORY),
            **(extra or {}),
        }
        self.services = {name: self._process(name, "serve", name, "--port", str(there)) for name, there in self.ports.items()}
        self.workers = {name: free_port() for name in WORKERS}
        self.services |= {name: self._process(name, "stream", "--port", str(there)) for name, there in self.workers.items()}
        self.console = folder / "onewindow"
        """The command line for this deployment: the ports are others at each start."""

    def start(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Start everything in its order; raise `NotStarted` where one does not come up."""
        self._write_console()
        tell("Kafka……")
        self.kafka.start()
        tell("PostgreSQL……")
        self.postgres.start()
        self.postgres.make(*SPEAKERS)
        for command in ("migrate", "load"):
            tell(f"onewindow {command}……")
            self.run(command)
        tell("、".join([*self.services, "nginx"]) + "……")
        self.start_services(*self.services)
        self.proxy.start()

    def run(self, *arguments: str) -> None:
        """Run a command of the console to its end; raise `NotStarted` where it fails."""
        command = Process(arguments[0], [*CONSOLE, *arguments], self.folder / "commands.log", environment=self.environment)
        command.run()

    def start_services(self, *names: str) -> None:
        """Start services' processes, all at once, and return when they listen."""
        for name in names:
            self.services[name].begin()
        for name in names:
            port = self.ports.get(name) or self.workers[name]
            self.services[name].wait_until(lambda port=port: listens(port))  # type: ignore[misc]

    def another(self, name: str) -> Process:
        """Start one more process of a service, which nobody reaches by HTTP, and give it."""
        port = free_port()
        process = self._process(name, "serve", name, "--port", str(port))
        process.start(lambda: listens(port))
        return process

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for process in (self.proxy.process, *reversed(self.services.values())):
            process.stop()
        self.postgres.stop()
        self.kafka.process.stop()

    def mend(self) -> None:
        """Start again whatever does not run."""
        if not self.kafka.process.alive():
            self.kafka.start()
        if not self.postgres.process.alive():
            self.postgres.start()
        self.start_services(*[name for name, process in self.services.items() if not process.alive()])

    def processes(self) -> Mapping[str, Process]:
        """Give every process by its name, in the order of their start."""
        return {"kafka": self.kafka.process, "postgres": self.postgres.process, **self.services, "proxy": self.proxy.process}

    def _write_console(self) -> None:
        settings = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items())
        self.console.write_text(f'#!/bin/sh\n{settings}exec {shlex.join(CONSOLE)} "$@"\n', encoding="utf-8")
        self.console.chmod(0o755)

    def _process(self, name: str, *arguments: str) -> Process:
        return Process(name, [*CONSOLE, *arguments], self.folder / f"{name}.log", environment=self.environment)
