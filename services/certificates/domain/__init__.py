"""What certificates decides: results and their documents."""
