"""How long tests wait for what ought to come: so long that only what never comes is missed, on a machine that stands still now and then, too."""

PATIENCE = 60.0
"""Seconds."""
