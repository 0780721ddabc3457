"""The engine's name for `core.child`: processes that the window starts, and how a failure of theirs is worded."""

from __future__ import annotations

from fmviz.core.child import (
    Child,
    Inbox,
    Target,
    end_family,
    lead_family,
    sentence,
    settle_idle,
    settle_in,
    start_child,
)

__all__ = ["Child", "Inbox", "Target", "end_family", "lead_family", "sentence", "settle_idle", "settle_in",
           "start_child"]
