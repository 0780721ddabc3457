"""The errors that a person can cause. Each message is one sentence: what, the value seen, what to do.

The command line prints it and exits with 2, the window shows it in a message; anything that is not an
`FmvizError` is a defect of the program and goes to the crash hook.
"""

from os import PathLike


class FmvizError(ValueError):
    """Base of every error that the user can mend."""


class DesktopError(FmvizError):
    """This desktop has no menu entries of the kind that fmviz can make, or does not take one."""


class CloudError(FmvizError):
    """A cloud or a cloud file cannot be used."""


class ConfigError(FmvizError):
    """A setting has an impossible value."""


class ProjectError(FmvizError):
    """A project file cannot be read or written."""


class ExportError(FmvizError):
    """An export cannot be made as asked."""


# Enough to recognise a name by; a sentence stays a sentence.
LONGEST_QUOTE = 60


def quoted(text: object) -> str:
    """Return foreign text for use in a sentence: in quotes, on one line, at most 60 characters of it.

    What cannot be printed is shown by its code, so that a name from a file can neither break the line nor
    reorder it. Other values than texts are shown as Python writes them, cut likewise.
    """
    shown = repr(str(text)) if isinstance(text, PathLike) else repr(text)
    return shown if len(shown) <= LONGEST_QUOTE + 2 else shown[: LONGEST_QUOTE - 2] + "..." + shown[0]
