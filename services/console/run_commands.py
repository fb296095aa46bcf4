"""`onewindow run` starts everything in one process; `assets` installs scripts and styles; `replay` rebuilds views."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.copies import cores
from services.chassis.rebuild import rebuild
from services.chassis.timekeeping import VirtualTime, system_now
from services.chassis.tracing import configure_logging
from services.chassis.web import assets
from services.console import sample
from services.console.bars import bars
from services.console.embedded import OneWindow, compose
from services.console.listening import listen, serve
from services.console.settings import Settings
from services.console.virtual_clock import add_clock
from services.identity.account_files import AccountFileError
from services.identity.accounts import Account
from services.intake.catalogue_files import CatalogueError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("assets")(install_assets)
    app.command("replay")(replay)


def install_assets() -> None:
    """安装页面用到的脚本和样式（已经装好的不再安装）。"""
    try:
        assets.install()
    except assets.AssetsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def run(
    host: Annotated[str | None, typer.Option(help="监听地址，默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="端口，默认 8000")] = None,
    var: Annotated[Path | None, typer.Option(help="数据目录，默认 var/")] = None,
    *,
    virtual_clock: Annotated[bool, typer.Option("--virtual-clock", help="使用虚拟时钟（从现在起，由管理员经 /time 拨快），供模拟使用")] = False,
) -> None:
    """启动全部服务（一个进程，SQLite，无需消息总线）。数据保存在 var/，Ctrl-C 停止。"""
    given = {"host": host, "port": port, "var": var}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    configure_logging(logging.WARNING)
    listening = listen(settings.host, settings.port)
    virtual = VirtualTime(system_now())
    window = compose(settings, virtual if virtual_clock else system_now)
    if virtual_clock:
        add_clock(window, virtual)
    try:
        accounts = load_sample(window, settings)
        window.bus.settle()
        window.bus.start()
        _welcome(settings, accounts)
        serve(window.app, listening)
    finally:
        window.close()
        typer.echo("已停止。")


def load_sample(window: OneWindow, settings: Settings) -> list[Account]:
    """Load the sample; say what is wrong with a file and stop."""
    try:
        return sample.load(window, settings, typer.echo)
    except (CatalogueError, AccountFileError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _welcome(settings: Settings, accounts: list[Account]) -> None:
    password = accounts[0].password
    typer.echo(
        f"""
一窗已经启动： {settings.address}

示例账号（密码都是 {password}）：
  zhangsan            申请人：网上申请、看进度、领证照
  clerk1              窗口人员：窗口收件、即办件、出件
  market-handler      市场监管局承办人：受理、承办
  market-head         市场监管局科室负责人：审核
  market-leader       市场监管局分管领导：批准
  supervisor1         监察员：实时监察、统计、办件全程
  auditor             审计员        admin  管理员
其他部门的账号见 {settings.accounts}。接口说明在 {settings.address}/intake/docs 等处。按 Ctrl-C 停止。
"""
    )


def replay(
    service: Annotated[str, typer.Argument(help="intake、workflow、supervision、certificates、notification 或 all")] = "all",
    var: Annotated[Path | None, typer.Option(help="数据目录，默认 var/")] = None,
) -> None:
    """由事件流重建视图（AUD-03）。请先停止服务。"""
    settings = Settings(**({"var": var} if var else {}))  # type: ignore[arg-type]
    window = compose(settings, lambda: datetime.now(UTC))
    chosen = window.services if service == "all" else {service: window.services[service]} if service in window.services else {}
    if not chosen:
        typer.echo(f"没有名为 {service} 的服务。", err=True)
        raise typer.Exit(1)
    with bars() as bar:
        for name, one in chosen.items():
            with bar(name) as told:
                count = rebuild(one, told, cores())
            typer.echo(f"{name}：由 {count} 个聚合重建了 {len(one.database.views)} 个视图。")
    window.close()
