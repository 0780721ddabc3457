"""The four colours of lanes are told apart by everybody, in both themes, and stand out from every ground."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from fmviz.core.lanes import MAX_LANES
from fmviz.core.theme import load_theme

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
APART = {"usual": 12.0, "deutan": 8.0, "protan": 8.0, "tritan": 8.0}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]])
GROUNDS = ("stage", "pane", "panel", "raised", "window")


def linear(colour: str) -> np.ndarray:
    """Return the light of #rrggbb, 0 to 1."""
    encoded = np.array([int(colour[k:k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """Return L*, a*, b* under D65."""
    share = (XYZ @ np.clip(light, 0, 1)) / (XYZ @ np.ones(3))
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """Return the difference of two colours. Source: Sharma, Wu and Dalal, Color Research and Application 30, 2005."""
    mean = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    (light1, a1, b1), (light2, a2, b2) = one * (1, stretch, 1), other * (1, stretch, 1)
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
    return float(np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + mixed * by_chroma * by_hue))


@pytest.mark.parametrize(("one", "other", "difference"), [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644), ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0),
])
def test_the_difference_is_that_of_the_paper(one, other, difference) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_lanes_are_told_apart_by_everybody(theme: str, sight: str) -> None:
    colours = load_theme(theme).lanes
    assert len(colours) == MAX_LANES
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in colours]
    assert min(ciede2000(one, other) for one, other in combinations(seen, 2)) >= APART[sight]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_lanes_stand_out_from_every_ground(theme: str) -> None:
    known = load_theme(theme)
    for colour in known.lanes:
        for ground in GROUNDS:
            low, high = sorted(float(XYZ[1] @ linear(each)) for each in (colour, getattr(known, ground)))
            assert (high + 0.05) / (low + 0.05) >= 3.0
