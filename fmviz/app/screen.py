"""Whether a window can be shown here. Imports next to nothing: the set-up asks at every start."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

# The variables by which a Linux desktop says where it is, and the Qt plugin that uses each.
PLUGINS = {"DISPLAY": "libqxcb.so", "WAYLAND_DISPLAY": "libqwayland.so"}
_SHOWS_NOTHING = ("offscreen", "minimal")


def has_screen(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> bool:
    """Return whether a window can be shown: always on macOS and Windows, with a display elsewhere.

    A Qt platform that was named by hand decides: "offscreen" and "minimal" show nothing, others do.
    """
    named = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if named:
        return named not in _SHOWS_NOTHING
    return system in ("darwin", "win32") or any(environment.get(name) for name in PLUGINS)
