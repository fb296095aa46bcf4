"""`onewindow export` writes the histories of cases into a file for process mining, with a progress bar; what is there is not overwritten unasked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.departments import read_departments
from services.console.bars import bars
from services.console.operate_commands import opened_services
from services.console.serve_commands import stop
from services.console.settings import Settings
from services.kernel.calendar import SHANGHAI
from services.supervision.application import Supervision
from services.supervision.mining.formats import Format, log
from services.supervision.mining.selection import Asked, AskedError, cases_told
from services.supervision.mining.steps import CaseTold


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(run)


@dataclass(slots=True)
class _Counted:
    cases: int = 0
    events: int = 0

    def of(self, told: Iterable[CaseTold]) -> Iterator[CaseTold]:
        for case in told:
            self.cases += 1
            self.events += len(case.steps)
            yield case


def run(
    file: Annotated[Path, typer.Argument(help="写到哪个文件")],
    chosen: Annotated[Format, typer.Option("--format", help="XES（IEEE 1849）或者 OCEL 2.0（JSON）")],
    since: Annotated[str, typer.Option("--from", help="从哪一天起收到的办件，如 2026-03-01")] = "",
    until: Annotated[str, typer.Option("--to", help="到哪一天为止收到的办件")] = "",
    item: Annotated[str, typer.Option(help="只要这个事项的")] = "",
    department: Annotated[str, typer.Option(help="只要这个部门的")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="截至哪一时刻已经记录的经过，如 2026-03-31T18:00；不填为现在")] = "",
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="文件已经存在时覆盖")] = False,
) -> None:
    """导出办件全程，供流程挖掘软件分析。

    人员只有代号，没有姓名、意见和理由。
    """
    departments = read_departments(Settings().catalogue)
    try:
        asked = Asked(_day(since), _day(until), item, department, _moment(as_of))
        asked.check(departments)
    except AskedError as error:
        stop(str(error))
    if file.exists() and not overwrite:
        stop(f"{file} 已经存在；要覆盖请加 --overwrite。")
    counted = _Counted()
    with opened_services("supervision") as (supervision,), bars() as bar, bar("导出中") as told:
        assert isinstance(supervision, Supervision)  # noqa: S101 - as created
        cases = cases_told(supervision, asked.chosen(supervision), asked.as_of, told)
        names = {code: one.short_name for code, one in departments.items()}
        try:
            _write(file, log(asked, counted.of(cases), names, chosen))
        except OSError as error:
            stop(f"不能写入 {file}：{error.strerror}")
    if counted.cases:
        typer.echo(f"{file}：{counted.cases} 件办件，{counted.events} 个事件。")
    else:
        typer.echo(f"没有符合条件的办件，{file} 是一份空的日志。")


def _write(file: Path, content: Iterable[bytes]) -> None:
    """Write under another name first: whoever finds the file finds all of it."""
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as writing:
            writing.writelines(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise AskedError(f"日期应写成 2026-03-02 的样子，不是 {text}。") from error


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise AskedError(f"时刻应写成 2026-03-02T09:00 的样子，不是 {text}。") from error
    return moment.replace(tzinfo=SHANGHAI) if moment and not moment.tzinfo else moment
