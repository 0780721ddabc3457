"""Widgets, menus and gestures. No arithmetic."""
