"""`onewindow clock` answers what clocks say; `onewindow calendar` shows and writes versions of the calendar."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from services.chassis.clock.calendars import build, load_calendars
from services.chassis.clock.wire import answer_line
from services.kernel.calendar import Calendars

CHUNK = 1 << 16


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("clock")(clock)
    calendar = typer.Typer(help="工作日历的版本。", no_args_is_help=True)
    calendar.command("show")(show)
    calendar.command("build")(write)
    app.add_typer(calendar, name="calendar")


def clock() -> None:
    """从标准输入逐行读取 JSON 计时问题，按顺序逐行写出答案；出错的行也给出答案（id 和 error），不中断。

    问题：id 编号；start 起算日（当日不计）；limit 期限（工作日）；as_of 计算到哪一天；stops 暂停，每项有 from、to（未恢复为 null）、kind、event；
    extensions 延期，每项有 on（批准日）、days；decided 决定日或 null；explain 为 true 时逐日说明；calendar 日历版本（默认最新）。

    答案：due 到期日；used 已用；left 剩余；state 状态；light_from 黄灯首日；breached_at 逾期时刻；provisional 是否含未公布日历的日子；
    calendar 日历版本；explanation 逐日说明。

    例：echo '{"id": "a", "start": "2026-02-09", "limit": 5, "as_of": "2026-02-10"}' | onewindow clock
    """
    try:
        answer_stream(sys.stdin.buffer, sys.stdout.buffer, load_calendars())
    except BrokenPipeError:
        # Whoever asked has read enough; what is left in the buffer has nowhere to go when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_stream(questions: BinaryIO, answers: BinaryIO, calendars: Calendars) -> None:
    """Answer line by line, in order: at once while somebody waits at an open pipe, in large writes where much comes at once.

    An empty line is no question and is answered as such, so that the n-th answer belongs to the n-th line.
    """
    encode = msgspec.json.Encoder().encode
    begun: list[bytes] = []
    while chunk := questions.read1(CHUNK):  # type: ignore[attr-defined]
        first, *lines = chunk.split(b"\n")
        begun.append(first)
        if lines:
            lines.insert(0, b"".join(begun))
            begun = [lines.pop()]
            answers.write(b"".join(encode(answer_line(line, calendars)) + b"\n" for line in lines))
            answers.flush()
    if last := b"".join(begun):
        answers.write(encode(answer_line(last, calendars)) + b"\n")
        answers.flush()


def show() -> None:
    """列出已有的日历版本。"""
    for version_id in (calendars := load_calendars()).ids:
        version = calendars.get(version_id)
        typer.echo(f"{version.id}  {version.first} 至 {version.last}，国务院通知覆盖到 {version.known_through}")


def write(
    version_id: Annotated[str, typer.Argument(help="版本号，如 cn-2027.1")],
    known_through: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="国务院通知覆盖到的最后一天")],
    output: Annotated[Path, typer.Option(help="写到哪个文件")],
) -> None:
    """用 holidays 软件包生成一个日历版本。已有的文件不会被覆盖。"""
    if output.exists():
        typer.echo(f"{output} 已经存在：日历版本一经发布不再改变，请换一个版本号。", err=True)
        raise typer.Exit(1)
    data = build(version_id, known_through.date())
    output.write_bytes(msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n")
    typer.echo(f"已写入 {output}：{len(data.rest)} 个假日，{len(data.moved)} 个调休上班日。")
