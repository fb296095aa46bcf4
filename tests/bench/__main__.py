"""`make bench`: every measurement side by side with its floor, printed and written to docs/benchmarks.md."""

import itertools
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql
from rich.console import Console
from rich.progress import track
from rich.table import Table

from services.chassis.assets import REPOSITORY
from services.console.local.kafka import Kafka, install_kafka
from services.console.local.postgres import Postgres
from services.console.local.process import free_port
from tests.bench import carrying, reading, storing
from tests.bench.measure import ROUNDS, Result
from tests.real_parts import JARS

PAGE = REPOSITORY / "docs" / "benchmarks.md"


def main() -> None:
    """Measure, print and write."""
    with tempfile.TemporaryDirectory(prefix="onewindow-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        kafka = Kafka(install_kafka(JARS), folder / "kafka", free_port())
        postgres = Postgres(folder / "postgres", free_port())
        kafka.start()
        postgres.start()
        postgres.make("bench")
        try:
            results = list(measured(folder, schemas(postgres), kafka.address))
        finally:
            postgres.stop()
            kafka.process.stop()
    show(results)
    PAGE.write_text(page(results), encoding="utf-8")


def schemas(postgres: Postgres) -> Callable[[], str]:
    """Give what makes an empty schema and gives its address."""
    numbers = itertools.count(1)

    def schema() -> str:
        name = f"bench{next(numbers)}"
        with postgres.connection("bench") as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {} AUTHORIZATION bench").format(sql.Identifier(name)))
        return f"{postgres.url('bench')}?options=-csearch_path%3D{name}"

    return schema


def measured(folder: Path, schema: Callable[[], str], kafka: str) -> Iterator[Result]:
    """Measure everything, one after the other."""
    parts: list[Callable[[], list[Result]]] = [
        lambda: storing.many_writers(schema()),
        lambda: storing.embedded_writers(folder),
        lambda: [storing.rebuilding(folder)],
        lambda: [carrying.relaying(schema(), kafka)],
        lambda: [carrying.hearing(schema, kafka)],
        lambda: [reading.rebuilding_views(schema())],
        lambda: reading.sweeping(schema),
        lambda: [reading.listing(schema)],
    ]
    for part in track(parts, description="Measuring", console=Console(stderr=True)):
        yield from part()


def show(results: list[Result]) -> None:
    """Print the table."""
    shown = Table("id", "what", "ours", "floor", "ratio", "goal")
    for one in results:
        shown.add_row(one.id, one.what, f"{one.ours:,.1f} {one.unit}", f"{one.floor:,.1f} {one.unit}", f"{one.ratio:.4g}", one.goal)
    Console().print(shown)


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
    for one in results:
        note = f" ({one.note})" if one.note else ""
        lines.append(f"| {one.id} | {one.what}{note} | {one.ours:,.1f} {one.unit} | {one.floor:,.1f} {one.unit} | {one.ratio:.4g} | {one.goal} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
