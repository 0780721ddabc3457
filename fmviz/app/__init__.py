"""Start-up: application, crash hooks, settings, theme."""
