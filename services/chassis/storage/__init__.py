"""How a service keeps what it knows: events, views, tracking and files in one database, changed together."""
