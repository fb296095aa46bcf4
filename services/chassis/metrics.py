"""What a process counts for Prometheus while it works."""

from prometheus_client import Counter, Histogram

COMMANDS = Counter("onewindow_commands_total", "commands, by outcome: done, refused (by a rule), failed", ["service", "command", "outcome"])
COMMAND_SECONDS = Histogram("onewindow_command_seconds", "time of a command until it is durable, in seconds", ["service", "command"])
EVENTS_STORED = Counter("onewindow_events_stored_total", "events stored in the service's own stream", ["service"])
EVENTS_HEARD = Counter("onewindow_events_heard_total", "public events of others heard, without those that came twice", ["service", "source"])
