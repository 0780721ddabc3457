"""The errors that a person can cause. Each message is one sentence: what, the value seen, what to do.

The command line prints it and exits with 2, the window shows it in a message; anything that is not an
`FmvizError` is a defect of the program and goes to the crash hook.
"""


class FmvizError(ValueError):
    """Base of every error that the user can mend."""


class CloudError(FmvizError):
    """A cloud or a cloud file cannot be used."""


class ConfigError(FmvizError):
    """A setting has an impossible value."""


class ProjectError(FmvizError):
    """A project file cannot be read or written."""


class ExportError(FmvizError):
    """An export cannot be made as asked."""
