"""What several tests of values need."""

from snapshots import make_snapshot

__all__ = ["make_snapshot"]
