"""`fmviz`: the entry of the command line. Owns the exit codes; the commands themselves are in `commandline`."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

from fmviz.core.errors import FmvizError

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
# What a shell reports for a program whose reader went away, as in `fmviz shapes | head -1`.
EXIT_NO_READER = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0; 2 for what the user can mend; 130 for Ctrl-C, 143 for SIGTERM.

    Args:
        arguments: what follows the program's name; None reads `sys.argv`.
    """
    if getattr(sys, "frozen", False):
        # A frozen program starts itself for each child process, which ends in here.
        import multiprocessing

        multiprocessing.freeze_support()
    _make_streams_safe()
    # Before numpy is imported: its products here are small, and threads that wait for a busy core stall a frame.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        # Imported here so that Ctrl-C during the imports ends quietly too.
        from fmviz.commandline.commands import run

        code = run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
        return code
    except FmvizError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "fmviz":
            raise
        return _complain(f"The package {error.name!r} is missing; `fmviz doctor` says how to get it.")
    except KeyboardInterrupt as error:
        print("\nfmviz: interrupted; nothing is left half-written.", file=sys.stderr)
        return int(getattr(error, "code", EXIT_INTERRUPTED))
    except BrokenPipeError:
        # The interpreter flushes standard output once more at its end: that must not fail again.
        _silence_output()
        return EXIT_NO_READER
    except OSError as error:
        # Every file that a command touches answers for itself: what is left is standard output, on a full disk.
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        _silence_output()
        return _complain(f"The answer could not be written: {os.strerror(error.errno)}; send it to another place.")


def _complain(sentence: str) -> int:
    print(f"fmviz: {' '.join(sentence.split())}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _silence_output() -> None:
    """Send the rest of standard output nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _make_streams_safe() -> None:
    """Writing must not fail: not without a console (Windows, `fmviz-window`), which gives no streams at all, and not
    for a name with characters that the terminal does not know."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        elif stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the program


if __name__ == "__main__":
    sys.exit(main())
