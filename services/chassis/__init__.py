"""The machinery that all services share, free of any business: storing, relaying, hearing, timing, serving, signing in."""
