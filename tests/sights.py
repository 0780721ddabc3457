"""Colours as people see them: contrast, difference, and simulated colour blindness."""

from __future__ import annotations

import numpy as np

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009.
SIGHTS = {
    "usual": np.eye(3),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.01182, 0.04294, 0.968881]]),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}
# By how much colours of other meaning differ at least, CIEDE2000.
APART = {"usual": 12.0, "deutan": 8.0, "protan": 8.0, "tritan": 8.0}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]])


def linear(colours: str | np.ndarray) -> np.ndarray:
    """Return the light, 0 to 1, of #rrggbb or of colours (..., 3) from 0 to 255."""
    known = [int(colours[k:k + 2], 16) for k in (1, 3, 5)] if isinstance(colours, str) else colours
    encoded = np.asarray(known) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(colours: str | np.ndarray, ground: str | np.ndarray) -> np.ndarray:
    """Return how much colours stand out from a ground, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    one, other = linear(colours) @ XYZ[1] + 0.05, linear(ground) @ XYZ[1] + 0.05
    return np.maximum(one, other) / np.minimum(one, other)


def lab(light: np.ndarray) -> np.ndarray:
    """Return L*, a*, b* (..., 3) under D65 of light (..., 3)."""
    share = np.clip(light, 0, 1) @ XYZ.T / (XYZ @ np.ones(3))
    x, y, z = np.moveaxis(np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the differences (...) of colours L*, a*, b* (..., 3).

    Source: Sharma, Wu and Dalal, Color Research and Application 30, 2005.
    """
    (light1, a1, b1), (light2, a2, b2) = (np.moveaxis(np.asarray(values, dtype=float), -1, 0)
                                          for values in (one, other))
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (hue2 - hue1 + 180) % 360 - 180
    hue = (hue1 + turn / 2) % 360
    chroma = (chroma1 + chroma2) / 2
    light = (light1 + light2) / 2 - 50
    t = (1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
         + 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.2 * np.cos(np.radians(4 * hue - 63)))
    by_light = (light2 - light1) / (1 + 0.015 * light**2 / np.sqrt(20 + light**2))
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    mixed = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * blue
    return np.sqrt(np.maximum(by_light**2 + by_chroma**2 + by_hue**2 + mixed * by_chroma * by_hue, 0.0))


def too_alike(some: np.ndarray, others: np.ndarray) -> list[str]:
    """Return in words each sight in which one of some colours (N, 3) is nearer to one of others (M, 3) than `APART`."""
    found = []
    for sight, seen in SIGHTS.items():
        one, other = (lab(linear(colours) @ seen.T) for colours in (some, others))
        difference = ciede2000(one[:, None], other[None])
        k, j = np.unravel_index(difference.argmin(), difference.shape)
        if difference[k, j] < APART[sight]:
            found.append(f"{sight}: {some[k].tolist()} and {others[j].tolist()} differ by {difference[k, j]:.1f}")
    return found
