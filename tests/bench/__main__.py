"""`make bench`: every measurement side by side with its floor, printed and written to docs/benchmarks.md."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.chassis.collector import settle
from services.chassis.web.assets import REPOSITORY
from tests.bench import auditing, carrying, intaking, lives, reading, storing, viewing
from tests.bench.ground import Ground
from tests.bench.measure import ROUNDS, Result

PAGE = REPOSITORY / "docs" / "benchmarks.md"
PROFILE = Path(__file__).with_name("where_time_goes.md")


def main() -> None:
    """Measure and print everything, and write the page; or measure and print what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", type=str.upper, help="what to measure, such as P1 P8; the environment's ROUNDS says how often")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory(prefix="onewindow-bench-") as name:
        folder = Path(name)
        # The database server runs as a user of its own.
        folder.chmod(0o755)
        ground = Ground(folder)
        try:
            ground.start()
            # As every process of ours does that serves; the floors gain by it, too.
            settle()
            results = list(measured(ground, only))
        finally:
            ground.stop()
    show(results)
    if not only:
        PAGE.write_text(page(results), encoding="utf-8")


def measurements(ground: Ground) -> Mapping[str, Callable[[], list[Result]]]:
    """Give what measures each goal."""
    schema, folder, kafka = ground.schema, ground.folder, ground.kafka.address
    return {
        "P1": lambda: intaking.intaking(ground),
        "P2": lambda: storing.many_writers(schema()),
        "P3": lambda: storing.embedded_writers(folder),
        "P4": lambda: [storing.rebuilding(folder)],
        "P5": lambda: [carrying.relaying(schema(), kafka)],
        "P6": lambda: carrying.hearing(schema, kafka),
        "P7": lambda: [reading.rebuilding_views(schema())],
        "P8": lambda: viewing.viewing(ground),
        "P9": lambda: reading.sweeping(schema),
        "P10": lambda: [reading.listing(schema)],
        "P11": lambda: lives.living(ground),
        "BACKTEST": lambda: [reading.trying_rules(schema())],
        "P12": lambda: auditing.auditing(ground),
    }


def measured(ground: Ground, only: list[str]) -> Iterator[Result]:
    """Measure everything or what is named, one after the other."""
    parts = [measure for goal, measure in measurements(ground).items() if not only or goal in only]
    for part in track(parts, description="Measuring", console=Console(stderr=True)):
        yield from part()


def show(results: list[Result]) -> None:
    """Print the table."""
    shown = Table("id", "what", "ours", "floor", "ratio", "goal")
    for one in results:
        shown.add_row(one.id, told(one), f"{one.ours:,.1f} {one.unit}", f"{one.floor:,.1f} {one.unit}", f"{one.ratio:.4g}", one.goal)
    Console().print(shown)


def told(result: Result) -> str:
    """Say what was measured, with what is to be noted."""
    return f"{result.what} ({result.note})" if result.note else result.what


def page(results: list[Result]) -> str:
    """Give docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench`: medians of {ROUNDS} interleaved runs, ours beside its floor, in one run on one machine. Only the ratios count.",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL with fsync, {sys.platform}.",
        "",
        "| id | what | ours | floor | ratio | goal |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {one.id} | {told(one)} | {one.ours:,.1f} {one.unit} | {one.floor:,.1f} {one.unit} | {one.ratio:.4g} | {one.goal} |" for one in results]
    return "\n".join(lines) + "\n" + PROFILE.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
