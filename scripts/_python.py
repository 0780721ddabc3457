"""Whether this Python can run fmviz. Read by every Python there is, so: no syntax newer than Python 2.7."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def complaint(version):
    """Return the sentence for a Python (major, minor) that does not fit, or None."""
    if OLDEST <= version <= NEWEST:
        return None
    return (
        "fmviz needs Python 3.11, 3.12 or 3.13 and this is Python %d.%d; "  # noqa: UP031 - no f-strings before 3.6
        "install a fitting one (python.org/downloads) and start the script with it, for example with python3.12."
        % version
    )


def require():
    """End the process with one sentence and exit code 2 unless this Python fits."""
    sentence = complaint(tuple(sys.version_info[:2]))
    if sentence is not None:
        sys.stderr.write(sentence + "\n")
        sys.exit(2)
