"""What an operator does to a running or stopped deployment: dead letters, saying things again, backup and restore."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from contracts.envelope import TELLERS
from services.chassis.bus.concerning import position_of
from services.chassis.bus.kafka.bus import KafkaBus
from services.chassis.bus.kafka.topics import forget_offsets, topic
from services.chassis.bus.letters import Letters
from services.chassis.bus.relay import POSITION, rewind
from services.chassis.bus.senders import Senders
from services.chassis.service import Service
from services.chassis.storage.numbers import skip_numbers
from services.chassis.timekeeping import system_now
from services.console import backups
from services.console.backups import BackupError
from services.console.bars import Told, bars
from services.console.embedded import SERVICES
from services.console.parts import shared_parts
from services.console.serve_commands import stop
from services.console.settings import Settings
from services.identity.accounts import AccountStore
from services.kernel.aggregate import Refusal

Which = Annotated[str, typer.Argument(help="intake、workflow、supervision、certificates、notification 或 all")]
LOOK_SECONDS = 0.1


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("deadletters")(dead_letters)
    app.command("relay")(relay)
    app.command("backup")(backup)
    app.command("restore")(restore)


def dead_letters(service: Which = "all", *, replay: Annotated[bool, typer.Option("--replay", help="修复原因后，重新处理")] = False) -> None:
    """列出收到而读不懂、暂存的消息及原因；--replay 重新处理。"""
    with opened_services(service) as chosen:
        shown = Table("服务", "编号", "来自", "收到", "原因")
        for one in chosen:
            letters = Letters(one)
            if replay:
                heard, failed = _replayed(letters)
                typer.echo(f"{one.name}：处理了 {heard} 条，仍有 {failed} 条不能处理。")
            for letter in letters.waiting():
                shown.add_row(one.name, str(letter.id), letter.door or "消息总线", f"{letter.received:%Y-%m-%d %H:%M:%S}", letter.reason)
    if shown.rows:
        Console().print(shown)
    else:
        typer.echo("没有暂存的消息。")


def _replayed(letters: Letters) -> tuple[int, int]:
    waiting = letters.waiting()
    failed = 0
    for letter in track(waiting, description="重新处理中", console=Console(stderr=True)):
        try:
            letters.replay(letter.id, system_now())
        except Refusal:
            failed += 1
    return len(waiting) - failed, failed


def relay(
    service: Annotated[str, typer.Argument(help="哪个服务")],
    position: Annotated[int, typer.Option("--from", min=0, help="从事件流的这个位置之后，重新发出；已经收到的服务会丢弃重复的")],
    department: Annotated[str, typer.Option(help="只向这个部门自己的主题重新发出与它有关的事件")] = "",
) -> None:
    """让一个服务把以前的事件重新发到消息总线上。

    例如总线丢失了数据，或者超过了保留期。没有消息总线时，在下次启动时发出。
    """
    settings = Settings()
    if department and department not in Senders(settings.var / "senders").hearing():
        stop(f"部门 {department} 没有自己的主题；先用 onewindow sender 准许。")
    name = position_of(department) if department else POSITION
    with opened_services(service) as chosen, bars() as bar:
        for one in [one for one in chosen if not department or one.name in TELLERS]:
            rewind(one, position, name)
            newest = one.recorder.max_notification_id() or 0
            if settings.kafka:
                with bar(one.name) as told:
                    _relayed(one, name, (position, newest), settings, told)
            typer.echo(f"{one.name}：{'已' if settings.kafka else '将'}重新发出位置 {position} 之后的事件（到 {newest}）。")


def _relayed(service: Service, name: str, span: tuple[int, int], settings: Settings, told: Told) -> None:
    """Relay, or let the process that leads do so, until all is said; tell how far that is."""
    bus = KafkaBus([service], system_now, settings.kafka, settings.topics, Senders(settings.var / "senders").hearing, by_workers=True)
    bus.start()
    position, newest = span
    try:
        while (reached := service.recorder.max_tracking_id(name) or 0) < newest:
            told(reached - position, newest - position)
            time.sleep(LOOK_SECONDS)
    finally:
        bus.stop()


def backup(
    folder: Annotated[Path | None, typer.Argument(help="存放备份的目录，默认 var/backups/时间")] = None,
) -> None:
    """备份全部数据库、密钥和文件。可以在运行中进行。"""
    settings = Settings()
    target = folder or settings.var / "backups" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        for one in track(backups.parts(settings), description="备份中", console=Console(stderr=True)):
            one.save(target)
    except BackupError as error:
        stop(str(error))
    typer.echo(f"备份在 {target}")


def restore(folder: Annotated[Path, typer.Argument(help="备份所在的目录", exists=True, file_okay=False)]) -> None:
    """由备份恢复。

    请先停止全部服务；恢复后，各服务重新接收总线上的事件，重复的会丢弃。
    """
    settings = Settings()
    try:
        for one in track(backups.parts(settings), description="恢复中", console=Console(stderr=True)):
            one.load(folder)
    except BackupError as error:
        stop(str(error))
    if settings.kafka:
        asyncio.run(_hear_again(settings))
    typer.echo("恢复完成，可以启动服务。")


async def _hear_again(settings: Settings) -> None:
    """Positions and numbers that were given to what the backup does not have are not given again; and everybody hears from the beginning."""
    with opened_services("all") as chosen:
        for one in chosen:
            name = topic(settings.topics, one.name)
            backups.skip_positions(one.database, await backups.last_said(settings.kafka, name))
            skip_numbers(one.database, await backups.numbers_said(settings.kafka, name))
            topics = [topic(settings.topics, name) for name in one.hears]
            await forget_offsets(settings.kafka, f"{settings.topics}-{one.name}", topics)
            for door in one.doors:
                await forget_offsets(settings.kafka, f"{settings.topics}-{one.name}-{door}", [topic(settings.topics, door)])


@contextmanager
def opened_services(name: str) -> Iterator[list[Service]]:
    """Open the services of this name, without web pages or bus."""
    if name != "all" and name not in SERVICES:
        stop(f"没有名为 {name} 的服务。")
    settings = Settings()
    accounts = AccountStore(settings.var / "identity.sqlite")
    parts = shared_parts(settings, system_now, lambda _provider, _secrets: accounts)
    opened = [module.create(parts)[0] for one, module in SERVICES.items() if name in {"all", one}]
    try:
        yield opened
    finally:
        for service in opened:
            service.close()
        accounts.close()
