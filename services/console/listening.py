"""Listening on an address: taken before anything is started or promised, so that a port that is busy is told at once and changes nothing."""

import errno
import socket
from contextlib import suppress

import typer
import uvicorn
from fastapi import FastAPI

from services.chassis.collector import settle

_REASONS = {
    errno.EADDRINUSE: "已经被其他程序占用：停止那个程序，或者用 --port 换一个端口",
    errno.EACCES: "不允许普通用户监听：用 --port 换一个 1024 以上的端口",
    errno.EADDRNOTAVAIL: "不是本机的地址：请检查 --host",
}


def listen(host: str, port: int) -> socket.socket:
    """Take an address; where it cannot be had, say why in one line and end."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
    except (OSError, OverflowError) as error:
        reason = _REASONS.get(getattr(error, "errno", None) or 0, f"不能监听：{error}")
        typer.echo(f"没有启动：{host} 的端口 {port} {reason}。", err=True)
        raise typer.Exit(1) from error


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve until Ctrl-C."""
    settle()
    # Viewers of the live page keep their connection open: they must not hold up the stop.
    # Each request has its line in our own log.
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    with suppress(KeyboardInterrupt):
        # Raised once more after the server has stopped in good order: that is no failure.
        uvicorn.Server(config).run(sockets=[listening])
