"""`onewindow backtest` tries a changed rule set on the recorded history, with a progress bar; nothing is written."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.chassis.timekeeping import system_now
from services.console.bars import bars
from services.console.operate_commands import opened_services
from services.console.serve_commands import stop
from services.supervision.application import Supervision
from services.supervision.backtest import Outcome, ProposalError, backtest, read_proposal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(run)


def run(
    proposal: Annotated[Path, typer.Argument(help="拟议的变化（YAML）：without 去掉的规则，limits 按事项改的时限，rules 增改规则的文件", exists=True)],
    since: Annotated[str, typer.Option("--from", help="从哪一天起的预警，如 2026-03-01")] = "2000-01-01",
    until: Annotated[str, typer.Option("--to", help="到哪一天的预警")] = "2100-01-01",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，逐张列出")] = False,
) -> None:
    """在全部历史上试行一套改动的监察规则。

    会多发、少发哪些牌，按部门列出；什么也不写。
    """
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
        read, rules = read_proposal(proposal.read_bytes(), proposal.parent)
    except ValueError as error:
        stop(f"{proposal}：{error}" if isinstance(error, ProposalError) else str(error))
    with opened_services("supervision") as (supervision,), bars() as bar, bar("回放中") as told:
        assert isinstance(supervision, Supervision)  # noqa: S101 - as created
        outcome = backtest(supervision, read, rules, first, last, system_now(), told)
    if as_json:
        typer.echo(json.dumps(asdict(outcome), ensure_ascii=False, default=str))
        return
    _show(outcome)


def _show(outcome: Outcome) -> None:
    typer.echo(f"回放 {outcome.cases} 件、{outcome.facts} 条事实：现行规则 {outcome.cards_before} 张牌，改动后 {outcome.cards_after} 张。")
    shown = Table("部门", "规则", "多发", "少发")
    for department, code in sorted({(department, code) for department, code, _ in outcome.counts}):
        shown.add_row(department, code, str(outcome.counts.get((department, code, True), 0)), str(outcome.counts.get((department, code, False), 0)))
    Console().print(shown)
