"""What the window asks of people's files of points; the reading itself is `files`'."""

from __future__ import annotations

from fmviz.files.tables import inspect_table, open_table, read_cloud

__all__ = ["inspect_table", "open_table", "read_cloud"]
