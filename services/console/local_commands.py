"""`onewindow up` starts the distributed deployment on this machine, in the background; `down` stops it."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from services.console.local.process import LONGEST_STOP, MissingPart, NotStarted
from services.console.local.topology import Topology
from services.console.settings import Settings

STORES = ("kafka", "postgres")


class Started(msgspec.Struct, frozen=True):
    """A process that was started, as `down` finds it again."""

    name: str
    pid: int
    command: str


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("down")(down)


def up(
    port: Annotated[int, typer.Option(help="统一入口的端口")] = 8000,
    var: Annotated[Path | None, typer.Option(help="数据目录，默认 var/")] = None,
) -> None:
    """在本机启动分布式部署（不用容器）。

    Kafka、PostgreSQL、每个服务一个进程、nginx 统一入口。数据保存在 var/up/。
    """
    settings = Settings(**({"var": var} if var else {}))  # type: ignore[arg-type]
    note = settings.var / "up" / "processes.json"
    if any(_runs(one) for one in _read(note)):
        typer.echo("已经启动；先用 onewindow down（make down）停止。", err=True)
        raise typer.Exit(1)
    try:
        topology = Topology(settings.var / "up", port, settings.var / "kafka")
    except MissingPart as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    try:
        topology.start(typer.echo)
    except (NotStarted, MissingPart) as error:
        topology.stop()
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    note.write_bytes(msgspec.json.encode([Started(name, process.id, _command(process.id)) for name, process in topology.processes().items()]))
    typer.echo(f"一窗已经启动： {topology.address}（日志在 {topology.folder}；onewindow down 停止）")
    typer.echo(f"对它运行命令： {topology.console} 命令；自助终端和部门系统连总线： {topology.kafka.outside}")


def down(
    var: Annotated[Path | None, typer.Option(help="数据目录，默认 var/")] = None,
    *,
    services: Annotated[bool, typer.Option("--services", help="只停止各服务和入口，留下 Kafka 和 PostgreSQL，以便 replay、restore")] = False,
) -> None:
    """停止 onewindow up 启动的进程。"""
    settings = Settings(**({"var": var} if var else {}))  # type: ignore[arg-type]
    note = settings.var / "up" / "processes.json"
    started = _read(note)
    if not started:
        typer.echo("没有启动过。")
        return
    for one in reversed(started):
        if _runs(one) and not (services and one.name in STORES):
            typer.echo(f"{one.name}……")
            _stop(one)
    if not services:
        note.unlink()
    typer.echo("已停止。")


def _read(note: Path) -> list[Started]:
    return msgspec.json.decode(note.read_bytes(), type=list[Started]) if note.exists() else []


def _runs(one: Started) -> bool:
    # The id may belong to somebody else by now.
    return bool(one.command) and _command(one.pid) == one.command


def _command(pid: int) -> str:
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603, S607


def _stop(one: Started) -> None:
    # PostgreSQL waits for everyone who is connected upon SIGTERM, and for nobody upon SIGINT.
    os.kill(one.pid, signal.SIGINT if one.name == "postgres" else signal.SIGTERM)
    until = time.monotonic() + LONGEST_STOP
    while _runs(one) and time.monotonic() < until:
        time.sleep(0.1)
    if _runs(one):
        os.kill(one.pid, signal.SIGKILL)
