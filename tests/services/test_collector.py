"""What was made at the start is never looked at again; cycles that were made later are still found."""

import subprocess
import sys

_PROCESS = """
import gc, weakref
from services.chassis.collector import OBJECTS_BETWEEN_LOOKS, settle

class Ring:
    pass

def ring():
    one = Ring()
    one.itself = one
    return weakref.ref(one)

settle()
assert gc.get_freeze_count() > 0
assert gc.get_threshold()[0] == OBJECTS_BETWEEN_LOOKS
later = ring()
for _ in range(3):
    kept = [[] for _ in range(OBJECTS_BETWEEN_LOOKS + 1)]
assert later() is None
"""


def test_a_settled_process_still_finds_cycles() -> None:
    """Given a process that settled, when a cycle is made and let go, then the collector finds it by itself."""
    subprocess.run([sys.executable, "-c", _PROCESS], check=True)  # noqa: S603 - our own interpreter
