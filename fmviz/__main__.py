"""`python -m fmviz`: the same as the `fmviz` command."""

import sys

from fmviz.cli import main

# A spawned child process imports this module again under another name: it must do nothing there.
if __name__ == "__main__":
    sys.exit(main())
