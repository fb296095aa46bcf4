"""Python's collector of cycles, in a process that serves: what was made at the start stays, and what a request or a batch makes dies by itself."""

import gc

OBJECTS_BETWEEN_LOOKS = 10_000


def settle() -> None:
    """Let the collector pass by what there is by now, and look less often: it costs a third of the work of a batch else."""
    gc.collect()
    pass_by()


def pass_by() -> None:
    """Do so without a look at what there is, which a copy of a process shares with it until somebody touches it."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
