"""What several tests of files need."""

from snapshots import make_snapshot

__all__ = ["make_snapshot"]
