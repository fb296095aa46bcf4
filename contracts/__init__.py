"""The public language: what the services say aloud on the bus, and what others say to us. Importing it registers every public event."""

from contracts import certificates, department, intake, kiosk, notification, supervision, workflow

__all__ = ["certificates", "department", "intake", "kiosk", "notification", "supervision", "workflow"]
