"""The lawful clock among the services: its calendars as files and as events, and its calculator for everybody."""
