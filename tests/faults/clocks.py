"""Machines whose clocks are wrong: what runs there gets another time from its system, and knows nothing of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.faults.district import District
from tests.missing import missing


def _library() -> Path:
    """Give the library that stands between a program and its system's clock."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else missing("no libfaketime: install the package libfaketime")


@contextmanager
def clocks_apart(district: District, ahead: Mapping[str, timedelta]) -> Iterator[None]:
    """Let processes run on machines whose clocks are ahead of ours by so much, or behind, meanwhile; then all clocks are right again."""
    preload = f"LD_PRELOAD={_library()}"
    services = {name: district.topology.services[name] for name in ahead}
    right = {name: process.command for name, process in services.items()}
    for name, process in services.items():
        process.stop()
        # Only the time of day is wrong: what measures how long something takes goes on as ever.
        process.command = ["env", preload, f"FAKETIME={ahead[name].total_seconds():+.0f}", "FAKETIME_DONT_FAKE_MONOTONIC=1", *process.command]
    try:
        district.topology.start_services(*services)
        yield
    finally:
        for name, process in services.items():
            process.stop()
            process.command = right[name]
        district.topology.start_services(*services)
