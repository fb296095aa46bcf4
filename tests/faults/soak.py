"""`make soak` lets a district of real processes work for minutes or hours and tells how much memory each process takes: it must be flat."""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.console.local.process import free_port
from services.console.local.topology import Topology
from tests.faults.district import District
from tests.faults.viewers import Viewers
from tests.real_parts import JARS

SAMPLE_SECONDS = 5.0
WARMING_UP = 0.3
"""The first part of the time, in which caches fill, tells nothing."""
MOST_GROWTH = 1.1
VIEWERS = 5


def resident(process_id: int) -> float:
    """Give the resident memory of a process in MB."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def main() -> int:
    """Work, watch, tell; 1 where something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="onewindow-soak-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        topology = Topology(folder, free_port(), JARS)
        try:
            topology.start()
            district = District(topology)
            samples, applications = watched(district, minutes * 60)
            district.settle()
            district.close()
        finally:
            topology.stop()
    return told(samples, applications)


def watched(district: District, seconds: float) -> tuple[dict[str, list[float]], int]:
    """Let cases live, and viewers come and go, for so long, and give the memory of each process every few seconds."""
    samples: dict[str, list[float]] = defaultdict(list)
    until = time.monotonic() + seconds
    viewers = Viewers(district).watching(VIEWERS, random.Random(seconds))  # noqa: S311 - no secret
    with district.working(), viewers, Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("soaking", total=seconds)
        while time.monotonic() < until:
            for name, process in district.topology.services.items():
                samples[name].append(resident(process.id))
            bar.update(task, completed=seconds - (until - time.monotonic()))
            time.sleep(SAMPLE_SECONDS)
    return samples, len(district.clients.ledger.applications)


def told(samples: dict[str, list[float]], applications: int) -> int:
    """Print the table, and say whether something grew."""
    shown = Table("process", "MB after warming up", "MB at the end", "growth")
    grew = []
    for name, found in samples.items():
        later = found[int(len(found) * WARMING_UP) :]
        part = max(1, len(later) // 4)
        begin, end = statistics.median(later[:part]), statistics.median(later[-part:])
        shown.add_row(name, f"{begin:.0f}", f"{end:.0f}", f"{end / begin:.3f}")
        if end / begin > MOST_GROWTH:
            grew.append(name)
    Console().print(shown)
    sys.stdout.write(f"{applications} applications; {'grew: ' + ', '.join(grew) if grew else 'memory is flat'}\n")
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(main())
