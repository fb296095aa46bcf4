"""`onewindow demo`: plays the simulated month in a running district on a virtual clock, or in one of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import typer
import uvicorn
from argon2 import PasswordHasher
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.certificates.application import Certificates
from services.chassis.clock.calendars import load_calendars
from services.chassis.departments import read_departments
from services.chassis.timekeeping import VirtualTime, system_now
from services.console import sample
from services.console.demo.client import Client
from services.console.demo.month import Month
from services.console.demo.script import Alter
from services.console.embedded import OneWindow, compose
from services.console.listening import listen
from services.console.settings import Settings
from services.console.virtual_clock import add_clock
from services.identity.account_files import read_accounts
from services.intake import views
from services.kernel.actor import Role
from services.kernel.calendar import SHANGHAI

DAYS = 31
OPENING = clock_time(9)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    seed: Annotated[int, typer.Option(help="随机种子：同一种子和同一首日，得到同一个月")] = 1,
    applications: Annotated[int, typer.Option(help="申请件数")] = 320,
    days: Annotated[int, typer.Option(help="模拟的天数")] = DAYS,
    first: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="首日，默认使这个月到昨天为止；用 --url 时默认为那里的次一天")] = None,
    url: Annotated[str, typer.Option(help="在这个地址上运行、使用虚拟时钟的实例；不填则自己启动一个（只有这样才演示结果文书被篡改）")] = "",
    var: Annotated[Path | None, typer.Option(help="自己启动时的数据目录，默认 var/")] = None,
    port: Annotated[int | None, typer.Option(help="自己启动时的端口，默认 8000")] = None,
) -> None:
    """模拟一个区一个月的办件，使每个页面都有内容可看。

    各种渠道和事项，办得快的、慢的、出错的。
    """
    settings = Settings(**{name: value for name, value in {"var": var, "port": port}.items() if value is not None})  # type: ignore[arg-type]
    if url:
        client = _client(url.rstrip("/"), settings)
        _play(client, seed, _first_day(client.now, first.date() if first else None), days, applications)
        return
    start = first.date() if first else system_now().astimezone(SHANGHAI).date() - timedelta(days=days)
    with own_district(settings, start) as (address, alter):
        _play(_client(address, settings), seed, start, days, applications, alter)


def _first_day(now: datetime, wanted: date | None) -> date:
    """Give the first day of the month, no earlier than the first whose office hours are still to come; stop where an earlier one is wanted."""
    local = now.astimezone(SHANGHAI)
    earliest = local.date() if local.time() <= OPENING else local.date() + timedelta(days=1)
    if wanted is not None and wanted < earliest:
        _stop(f"该实例的虚拟时钟已经到了 {local:%Y-%m-%d %H:%M}，时间只能向前：首日（--first）不能早于 {earliest}。")
    return wanted or earliest


@contextmanager
def own_district(settings: Settings, first: date) -> Iterator[tuple[str, Alter]]:
    """Serve a district of its own on a virtual clock, on fresh data; give its address, and what alters a file of its library behind its back."""
    if _answers(settings.address):
        _stop(f"{settings.address} 已有实例在运行。请先停止它（Ctrl-C），或者用 --url 指定一个使用虚拟时钟的实例（onewindow run --virtual-clock）。")
    listening = listen(settings.host, settings.port)
    now = VirtualTime(datetime.combine(first, clock_time(8, 30), SHANGHAI))
    # The sample's passwords are public: hashing them at full cost would only slow the month down.
    window = compose(settings, now, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    if views.applications.is_used(window.services["intake"].database):
        window.close()
        _stop(f"{settings.var} 里已有办件，模拟的一个月不能与它混在一起。请先 make clean，或者用 --var 指定另一个目录。")
    typer.echo("正在准备示例区……")
    sample.load(window, settings)
    window.bus.settle()
    add_clock(window, now)
    server = uvicorn.Server(uvicorn.Config(window.app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield settings.address, altering(window, settings.var)
    finally:
        server.should_exit = True
        thread.join()
        window.close()


def altering(window: OneWindow, var: Path) -> Alter:
    """Give what alters the file of a result, as somebody with access to the disk could."""

    def alter(number: str) -> None:
        certificates = window.services["certificates"]
        assert isinstance(certificates, Certificates)  # noqa: S101 - as composed
        document = certificates.result(number).document
        if document is not None:
            file = var / "files" / "certificates" / document.file[:2] / document.file
            file.chmod(0o644)
            file.write_bytes(file.read_bytes() + b" ")

    return alter


def _client(address: str, settings: Settings) -> Client:
    accounts = read_accounts(settings.accounts, read_departments(settings.catalogue))
    machines = frozenset(account.username for account in accounts if {Role.KIOSK, Role.DEPARTMENT} & set(account.roles))
    try:
        return Client(address, accounts[0].password, machines)
    except httpx.HTTPError:
        _stop(f"{address} 没有使用虚拟时钟的实例（onewindow run --virtual-clock）。")


def _play(client: Client, seed: int, first: date, days: int, applications: int, alter: Alter | None = None) -> None:
    month = Month(client, load_calendars().newest, seed, first, days, applications, alter)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("模拟中", total=days * 24)
        begin = datetime.combine(first, clock_time(), SHANGHAI)
        try:
            month.play(
                lambda moment: progress.update(task, completed=(moment - begin).total_seconds() / 3600, description=f"{moment.astimezone(SHANGHAI):%m月%d日}")
            )
        except httpx.HTTPError as error:
            _stop(f"模拟中断：{error}")
        progress.update(task, completed=days * 24)
    client.close()
    listed = "，".join(f"{name} {number}" for name, number in sorted(month.counts.items()))
    typer.echo(f"模拟完成：{listed}。\n用 make run 启动后即可查看。")


def _answers(address: str) -> bool:
    try:
        httpx.get(f"{address}/intake/health", timeout=2)
    except httpx.HTTPError:
        return False
    return True


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
