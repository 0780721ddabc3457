"""Answers of panels that are made, not worked out."""

import numpy as np

from fmviz.core.gradients import SIZES, Gradients


def gradients(done: float = 1.0, trained: bool = False) -> Gradients:
    """Return two gradients whose difference falls as it should; of trained weights the cosine is noise."""
    batch = np.array(SIZES)
    difference = (300.0 if trained else 18.0) / np.sqrt(batch)
    cosine = 0.3 * np.cos(np.arange(len(SIZES))) if trained else 1 / np.sqrt(1 + difference**2 / 2)
    return Gradients(batch, 65_536 // batch, cosine, 0.2 * np.sqrt(256 / batch), difference, 27.2, 18.07, 9.13, 0.01,
                     "smoothed by 0.069", done)


MADE = {"gradients": (gradients(), gradients(0.4), gradients(trained=True))}
