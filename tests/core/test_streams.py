"""Named streams: no two purposes share their numbers, and nothing draws from a stream without a name."""

from __future__ import annotations

import re
from pathlib import Path

from fmviz.core.streams import Stream, stream


def test_no_two_streams_are_alike() -> None:
    drawn = {(purpose, *more): stream(3, purpose, *more).random() for purpose in Stream
             for more in ((), (1,), (2,), (1, 1))}
    assert len(set(drawn.values())) == len(drawn)
    assert stream(3, Stream.SAMPLES).random() == drawn[Stream.SAMPLES,]
    assert stream(4, Stream.SAMPLES).random() != drawn[Stream.SAMPLES,]


def test_every_stream_has_a_name(root: Path) -> None:
    unnamed = [path.name for path in (root / "fmviz").rglob("*.py") if path.name != "streams.py"
               and re.search(r"default_rng\(\[", path.read_text(encoding="utf-8"))]
    assert unnamed == []
