"""The error of a training that cannot go on. The message is one sentence for the user."""

from fmviz.core.errors import FmvizError


class TrainingError(FmvizError):
    """Training stopped because of its settings or its data; the last good weights are kept."""
