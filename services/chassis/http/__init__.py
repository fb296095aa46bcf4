"""How a service answers over HTTP: the application around the routes, and what every answer and every error looks like."""
