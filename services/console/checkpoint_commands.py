"""`onewindow checkpoint` writes down what the logs hold; `onewindow verify` finds what was changed behind the system's back since (AUD-02)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.audit import checkpoints
from services.chassis.audit.lines import CheckpointError
from services.chassis.audit.verification import Finding, Found, verify_folder
from services.chassis.departments import read_departments, service_centre
from services.chassis.service import Service
from services.chassis.timekeeping import system_now
from services.console.bars import bars
from services.console.operate_commands import Which, opened_services
from services.console.serve_commands import stop
from services.console.settings import Settings
from services.supervision.application import Supervision

WORDS = {Found.CHANGED: "被改动", Found.REMOVED: "被删除", Found.INSERTED: "被插入", Found.UNREADABLE: "不能读出"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("checkpoint")(checkpoint)
    app.command("verify")(verify)


def checkpoint(service: Which = "all", folder: Annotated[Path | None, typer.Option(help="检查点的目录，默认 var/checkpoints")] = None) -> None:
    """为事件流做检查点：每个事件一行摘要，接着上一个检查点写。

    请把检查点（至少其摘要）另存到别人不能改动的地方。
    """
    target = folder or _default()
    with opened_services(service) as chosen, bars() as bar:
        for one in chosen:
            with bar(one.name) as told:
                path = checkpoints.make(one, target, system_now(), told)
            if path is None:
                typer.echo(f"{one.name}：上一个检查点以来没有新的事件。")
            else:
                heading = checkpoints.read_heading(path)
                typer.echo(f"{one.name}：{path}，位置 {heading.after + 1}–{heading.through}，摘要 {checkpoints.digest_of(path)}")


def verify(
    folder: Annotated[Path | None, typer.Argument(help="检查点的目录，默认 var/checkpoints；最好是另存的那一份")] = None,
    service: Annotated[str, typer.Option(help="哪个服务，或 all")] = "all",
) -> None:
    """对照检查点核验事件流（每晚）。

    逐个事件重读，指出被改动、删除、插入的是哪一个。发现问题时发出红牌（SUP-R08），退出码为 1。
    """
    source = folder or _default()
    shown = Table("服务", "位置", "发现", "对象", "事件")
    found: dict[str, list[Finding]] = {}
    with opened_services(service) as chosen, bars() as bar:
        if not any(checkpoints.checkpoints_of(one.name, source) for one in chosen):
            stop(f"{source} 里没有检查点：先运行 onewindow checkpoint。")
        for one in chosen:
            try:
                with bar(one.name) as told:
                    findings = list(verify_folder(one, source, told))
            except CheckpointError as error:
                stop(str(error))
            if findings:
                found[one.name] = findings
            for finding in findings:
                shown.add_row(one.name, str(finding.position), WORDS[finding.found], *_event(finding))
            typer.echo(f"{one.name}：{_covered(one, source)}，{f'发现 {len(findings)} 处不符' if findings else '全部相符'}。")
    if found:
        Console().print(shown)
        _tell_supervision(found)
        raise typer.Exit(1)


def _tell_supervision(found: Mapping[str, Sequence[Finding]]) -> None:
    """Let supervision know, so that its rules open a card, once for what is found night after night."""
    department = service_centre(read_departments(Settings().catalogue)) or ""
    with opened_services("supervision") as (supervision,):
        assert isinstance(supervision, Supervision)  # noqa: S101 - the service of this name
        for service, findings in found.items():
            if supervision.note_altered_log(service, {finding.position for finding in findings}, department, system_now()):
                typer.echo(f"{service}：已经告知监察。")


def _event(finding: Finding) -> tuple[str, str]:
    event = finding.event
    return (f"{event.originator_id} 第 {event.originator_version} 版", event.topic) if event else ("", "")


def _covered(service: Service, folder: Path) -> str:
    kept = checkpoints.checkpoints_of(service.name, folder)
    if not kept:
        return "没有检查点"
    first, last = checkpoints.read_heading(kept[0]), checkpoints.read_heading(kept[-1])
    newer = (service.recorder.max_notification_id() or 0) > last.through
    return f"核验了位置 {first.after + 1}–{last.through}" + ("（之后的事件还没有检查点）" if newer else "")


def _default() -> Path:
    return Settings().var / "checkpoints"
