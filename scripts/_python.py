"""Whether this Python can run fmviz. Read by every Python there is, so: no syntax newer than Python 2.7."""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)


def complaint(version):
    """Return the sentence for a Python (major, minor) that does not fit, or None."""
    if fits(version):
        return None
    reason = " (POT, which solves optimal transport, has no build for it yet)" if version > NEWEST else ""
    return (
        "fmviz needs Python %d.%d to %d.%d and this is Python %d.%d%s; install a fitting one (python.org/downloads) "  # noqa: UP031 - no f-strings before 3.6
        "and start the script with it, for example with python3.13."
    ) % (OLDEST + NEWEST + tuple(version) + (reason,))


def fits(version):
    """Return whether fmviz runs with this Python (major, minor)."""
    return OLDEST <= tuple(version) <= NEWEST


def require():
    """End the process with one sentence and exit code 2 unless this Python fits."""
    sentence = complaint(tuple(sys.version_info[:2]))
    if sentence is not None:
        sys.stderr.write(sentence + "\n")
        sys.exit(2)
