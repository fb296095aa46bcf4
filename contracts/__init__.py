"""The public language: what the services say aloud on the bus, and nothing else. Importing it registers every public event."""

from contracts import certificates, intake, notification, supervision, workflow

__all__ = ["certificates", "intake", "notification", "supervision", "workflow"]
