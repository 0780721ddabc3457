"""A learned lane as bytes and back: weights exactly, its snapshot small and exact enough to be looked at.

Positions and velocities become float16 after they are made relative to the extent, so that a picture far from the
origin keeps its precision: the error is below 5e-4 of half the extent's edge. Everything is checked on the way
back, because safetensors itself accepts NaN, any shape and any name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from fmviz.core.cloud import Classes, FloatArray, Labels, frozen_array
from fmviz.core.config import Sampling, checked, sampling_from_mapping
from fmviz.core.couplings import coupling_of
from fmviz.core.errors import ProjectError, quoted
from fmviz.core.extent import Extent
from fmviz.core.frames import UNLEARNED, Curves, FlowSnapshot, Grid, Pairs
from fmviz.core.paths import PATHS, PathSettings, path_of
from fmviz.core.project import KeptStep, Weights
from fmviz.core.quantities import CURVES, Metrics
from fmviz.files.project_settings import flag, known_keys, listing, mapping, number, text, whole

_MOST_TENSORS, _LONGEST_NAME, _MOST_AXES = 2_000, 200, 4
# Where the source and the target lie, in world units, which may be far from the origin: never rounded.
_EXACT = "units."
# float16 ends at 65,504; particles that a half-trained field has thrown further than this are scaled into it.
_FARTHEST = 1e4
# Far beyond every cloud; products of two such numbers are still finite float32.
_LARGEST = 1e18
# No picture's square is smaller, see `extent`; a smaller one would be divided by.
_SMALLEST_HALF = 1e-18
# What a picture may hold: several times what baking writes (51 times, 2,000 particles and dots, a grid of 29, a lattice
# of 41, 1,000 points of a curve, 4,096 pairs), so that a small file cannot ask for gigabytes.
_MOST_TIMES, _MOST_PARTICLES, _MOST_NODES, _MOST_CURVE, _MOST_PAIRS = 512, 20_000, 256, 10_000, 8_192
_MOST_NUMBERS = 4_000_000
# Of what is said of a picture beside its name, letters.
_LONGEST_NOTE = 80
# The bar of the Pairs view has so many sizes.
MOST_BATCHES = 12
_CLASSES = tuple(field.name for field in fields(Classes))
_USUAL = Sampling()
_CURVES = ("loss_step", "loss", "w2_step", "w2")
# A file holds finite numbers only; no number of a curve is as small.
_NOT_KNOWN = np.float32(-1e30)


def encode_weights(weights: Weights) -> bytes:
    """Return the weights as safetensors, bit for bit."""
    return _saved(weights)


def decode_weights(data: bytes) -> Weights:
    """Return the weights, float32.

    Raises:
        ProjectError: not safetensors, or names, types, shapes or values that no network has.
    """
    return {name: _numbers(array, name, "f") for name, array in _tensors(data).items()}


def encode_kept(kept: Sequence[KeptStep]) -> bytes:
    """Return kept steps as safetensors, float16 but for the units; a weight is rounded by a thousandth at most."""
    return _saved({
        f"{entry.step}:{name}": np.asarray(array) if name.startswith(_EXACT)
        else np.clip(array, -_FARTHEST, _FARTHEST).astype(np.float16)
        for entry in kept for name, array in entry.weights.items()
    })


def decode_kept(data: bytes) -> tuple[KeptStep, ...]:
    """Return kept steps, ascending, their weights float32, the places of the clouds as they were written.

    Raises:
        ProjectError: not safetensors, or a name, type or value that no kept step has.
    """
    steps: dict[int, dict[str, FloatArray]] = {}
    for key, array in _tensors(data).items():
        step, _, name = key.partition(":")
        if not (step.isascii() and step.isdecimal() and len(step) < 12 and name):
            raise ProjectError(f"the kept weights {quoted(key)} belong to no training step")
        kind = array.dtype.type if name.startswith(_EXACT) else np.float32
        steps.setdefault(int(step), {})[name] = frozen_array(_numbers(array, key, "f"), kind)
    return tuple(KeptStep(step, steps[step]) for step in sorted(steps))


def encode_snapshot(snapshot: FlowSnapshot) -> tuple[dict[str, Any], bytes]:
    """Return the snapshot's plain values for JSON, and its arrays as safetensors.

    Pairs that were made by cells are left out: who shows them needs the cells too, which are solved in seconds.
    """
    extent = snapshot.extent
    pairs = None if snapshot.pairs is None or snapshot.pairs.cells is not None else snapshot.pairs
    carried = [snapshot.x] if snapshot.lattice is None else [snapshot.x, snapshot.lattice]
    scale = max(extent.half, *(_peak(places - _centre(extent)) / _FARTHEST for places in carried))
    velocity = snapshot.velocity
    speed = _peak(velocity.values) or 1.0
    tensors: dict[str, NDArray[np.generic]] = {
        "t": snapshot.t,
        "x": _half_precise(snapshot.x, extent, scale),
        "u": (velocity.values / np.float32(speed)).astype(np.float16),
        "source": _narrowest(snapshot.source),
        "target": _narrowest(snapshot.target),
        **{f"curve.{name}": np.asarray(getattr(snapshot.curves, name), dtype=np.float32) for name in _CURVES},
        **{f"number.{name}": np.where(np.isnan(values), _NOT_KNOWN, values).astype(np.float32)
           for name, values in snapshot.curves.numbers.items()},
    }
    if not np.array_equal(velocity.t, snapshot.t):
        tensors["u_t"] = velocity.t
    if snapshot.lattice is not None:
        tensors["lattice"] = _half_precise(snapshot.lattice, extent, scale)
    if pairs is not None:
        tensors |= {f"pairs.{name}": points for name, points in _points_of(pairs).items()}
    classes = {name: labels for name in _CLASSES if (labels := getattr(snapshot.classes, name)) is not None}
    tensors |= {f"{name}_class": labels.codes for name, labels in classes.items()}
    plain = {
        "coupling": snapshot.coupling,
        "path": snapshot.path,
        "path_settings": dict(snapshot.path_settings),
        "sigma": snapshot.sigma,
        "step": None if snapshot.step == UNLEARNED else snapshot.step,
        "is_final": snapshot.is_final,
        "sampling": asdict(snapshot.sampling),
        "is_straight": snapshot.is_straight,
        "extent": _three(extent),
        "u_extent": _three(velocity.extent),
        "scale": scale,
        "speed": speed,
        "pairs_cost": None if pairs is None else _plain(pairs.cost),
        **({} if pairs is None or pairs.column_error is None else {"pairs_column_error": pairs.column_error}),
        **({"note": snapshot.note} if snapshot.note else {}),
        **({"is_map": True} if snapshot.is_map else {}),
        "w2_floor": _plain(snapshot.curves.w2_floor),
        "w2_floor_error": _plain(snapshot.curves.w2_floor_error),
        "metrics": {field.name: _plain(getattr(snapshot.metrics, field.name)) for field in fields(Metrics)},
        **{f"{name}_classes": list(labels.names) for name, labels in classes.items()},
    }
    return plain, _saved(tensors)


def decode_snapshot(plain: Mapping[str, Any], data: bytes, lane: int,
                    sampling: Sampling = _USUAL) -> FlowSnapshot:
    """Return the snapshot of lane `lane`.

    Args:
        sampling: what it was made with if it does not say, as in files up to schema 3.
    Raises:
        ProjectError: a value or an array is missing, of the wrong type or shape, or not finite.
    """
    known_keys(plain, ("coupling", "path", "path_settings", "sigma", "step", "is_final", "sampling", "is_straight",
                       "extent", "u_extent", "scale", "speed", "pairs_cost", "pairs_column_error", "w2_floor",
                       "w2_floor_error", "metrics", "note", "is_map",
                       *(f"{name}_classes" for name in _CLASSES)), "a picture")
    tensors = _tensors(data)
    extent = _extent(plain.get("extent"), "the extent")
    # Files up to schema 3 have the field on the extent.
    wide = extent if plain.get("u_extent") is None else _extent(plain["u_extent"], "the extent of the field")
    t = _points(tensors, "t", 1, _MOST_TIMES)
    x, u = _halves(tensors, "x"), _halves(tensors, "u")
    u_t = _points(tensors, "u_t", 1, _MOST_TIMES) if "u_t" in tensors else t
    k = len(t)
    for times in (t, u_t):
        if len(times) < 2 or times[0] != 0 or times[-1] != 1 or (np.diff(times) <= 0).any():
            raise ProjectError("the times of the animation do not ascend from 0 to 1")
    if (x.ndim != 3 or x.shape[0] != k or not 1 <= x.shape[1] <= _MOST_PARTICLES or x.shape[2] != 2
            or x.size > _MOST_NUMBERS):
        raise ProjectError(f"the particles have the shape {x.shape}")
    _check_nodes(u, len(u_t), "field")
    lattice = _halves(tensors, "lattice") if "lattice" in tensors else None
    if lattice is not None:
        _check_nodes(lattice, k, "lattice")
    coupling = coupling_of(text(plain.get("coupling"), "the coupling")).key
    # Files of the first version do not say it: there was one.
    path = path_of(text(plain.get("path", "straight"), "the path")).key
    # Older files do not know of its own settings.
    path_settings = _decode_path_settings(path, mapping(plain.get("path_settings", {}), "the settings of the path"))
    source, target = _dots(tensors, "source"), _dots(tensors, "target")
    snapshot = FlowSnapshot(
        lane=lane, coupling=coupling, path=path, path_settings=path_settings,
        sigma=float(checked("sigma", number(plain.get("sigma", 0.0), "the noise of the path"))),
        step=UNLEARNED if plain.get("step", 0) is None else whole(plain.get("step"), "the training step"), t=t,
        x=_in_the_world(x, plain, extent), extent=extent,
        lattice=None if lattice is None else _in_the_world(lattice, plain, extent),
        velocity=Grid(wide, u_t, frozen_array(u * np.float32(_positive(plain, "speed")))),
        source=source, target=target,
        pairs=_decode_pairs(plain, tensors), curves=_decode_curves(plain, tensors),
        metrics=_decode_metrics(plain.get("metrics")), is_final=flag(plain.get("is_final"), "is_final"),
        classes=Classes(*(_decode_classes(plain, tensors, name, count) for name, count in zip(
            _CLASSES, (x.shape[1], x.shape[1], len(source), len(target)), strict=True))),
        sampling=sampling_from_mapping(mapping(plain["sampling"], "the sampling")) if "sampling" in plain else sampling,
        is_straight=flag(plain.get("is_straight", False), "is_straight"),
        note=_note(plain.get("note", "")), is_map=flag(plain.get("is_map", False), "is_map"),
    )
    if snapshot.velocity.inside(extent).size == 0:
        raise ProjectError("the field of a picture lies beside its clouds")
    return snapshot


def encode_batches(batches: Sequence[Pairs]) -> tuple[list[dict[str, Any]], bytes]:
    """Return the plain values of batches of pairs for JSON, and their points as safetensors.

    Those that were made by cells are left out, as in a snapshot.
    """
    batches = [pairs for pairs in batches if pairs.cells is None]
    plain = [{"cost": _plain(pairs.cost), "optimum": _plain(pairs.optimum), "usual": _plain(pairs.usual),
              **({} if pairs.column_error is None else {"column_error": pairs.column_error})} for pairs in batches]
    return plain, _saved({f"{number}.{name}": points for number, pairs in enumerate(batches)
                          for name, points in _points_of(pairs).items()})


def decode_batches(value: object, data: bytes) -> tuple[Pairs, ...]:
    """Return batches of pairs.

    Raises:
        ProjectError: too many, or a value or an array that none has.
    """
    entries = [mapping(entry, "a batch of pairs") for entry in listing(value, "the batches of pairs")]
    if len(entries) > MOST_BATCHES:
        raise ProjectError(f"it holds {len(entries)} batches of pairs")
    tensors = _tensors(data)
    batches = []
    for index, entry in enumerate(entries):
        known_keys(entry, ("cost", "optimum", "usual", "column_error"), "a batch of pairs")
        pairs = _pairs_of(tensors, f"{index}.", entry.get("cost"), entry.get("column_error"))
        if pairs.size == 0:
            raise ProjectError("a batch of pairs is empty")
        batches.append(replace(pairs, optimum=_maybe(entry.get("optimum"), "the optimum"),
                               usual=_maybe(entry.get("usual"), "the usual cost")))
    return tuple(batches)


def _points_of(pairs: Pairs) -> dict[str, NDArray[np.generic]]:
    """Return the points of a batch by name; those without a partner only if there are any."""
    alone = {name: points for name in ("alone0", "alone1") if len(points := getattr(pairs, name))}
    return {name: _narrowest(points) for name, points in ({"x0": pairs.x0, "x1": pairs.x1} | alone).items()}


def _pairs_of(tensors: Mapping[str, NDArray[np.generic]], prefix: str, cost: object, column_error: object) -> Pairs:
    x0, x1 = (_points(tensors, prefix + name, 2, _MOST_PAIRS) for name in ("x0", "x1"))
    if x0.shape != x1.shape:
        raise ProjectError(f"{len(x0)} points are paired with {len(x1)}")
    alone = {name: _points(tensors, prefix + name, 2, _MOST_PAIRS) for name in ("alone0", "alone1")
             if prefix + name in tensors}
    pairs = Pairs(x0, x1, number(cost, "the cost of the pairs"),
                  column_error=_at_least_0(_maybe(column_error, "the column error of the pairs"), "the column error"))
    return replace(pairs, alone0=alone.get("alone0", pairs.alone0), alone1=alone.get("alone1", pairs.alone1))


def _decode_path_settings(path: str, given: Mapping[str, Any]) -> PathSettings:
    """Return the settings of a path's own, checked as those of a lane are."""
    names = [name for name, _ in PATHS[path].settings]
    if given and set(given) != set(names):
        raise ProjectError(f"the path {quoted(path)} has other settings than {', '.join(map(quoted, given))}")
    return tuple((name, checked(name, given[name])) for name in names if given)


def _note(value: object) -> str:
    note = text(value, "the note of a picture")
    if len(note) > _LONGEST_NOTE or not note.isprintable():
        raise ProjectError(f"the note of a picture is {quoted(note)}")
    return note


def _decode_classes(plain: Mapping[str, Any], tensors: Mapping[str, NDArray[np.generic]], which: str,
                    count: int) -> Labels | None:
    """Return the class of each of `count` particles or dots, or None if they have none."""
    names = plain.get(f"{which}_classes")
    if names is None:
        return None
    codes = _numbers(_named(tensors, f"{which}_class"), f"{which}_class", "i")
    if codes.shape != (count,):
        raise ProjectError(f"the array '{which}_class' has the shape {codes.shape}")
    return Labels(codes, tuple(text(name, "a class") for name in listing(names, "the classes")))


def _decode_pairs(plain: Mapping[str, Any], tensors: Mapping[str, NDArray[np.generic]]) -> Pairs | None:
    if plain.get("pairs_cost") is None:
        return None
    return _pairs_of(tensors, "pairs.", plain["pairs_cost"], plain.get("pairs_column_error"))


def _decode_curves(plain: Mapping[str, Any], tensors: Mapping[str, NDArray[np.generic]]) -> Curves:
    curves = {name: _points(tensors, f"curve.{name}", 1, _MOST_CURVE) for name in _CURVES}
    for name in ("loss", "w2"):
        if len(curves[name]) != len(curves[f"{name}_step"]):
            raise ProjectError(f"the curve {name} has as many values as {len(curves[name])}, but other steps")
    # Older files have none of these numbers.
    numbers = {quantity.key: _points(tensors, f"number.{quantity.key}", 1, _MOST_CURVE) for quantity in CURVES
               if f"number.{quantity.key}" in tensors}
    for name, values in numbers.items():
        if len(values) != len(curves["w2_step"]):
            raise ProjectError(f"the curve {name} has as many values as {len(values)}, but other steps")
    return Curves(**curves, w2_floor=_maybe(plain.get("w2_floor"), "w2_floor"),
                  w2_floor_error=_at_least_0(_maybe(plain.get("w2_floor_error"), "w2_floor_error"), "w2_floor_error"),
                  is_nll=flag(plain.get("is_map", False), "is_map"),
                  numbers={name: frozen_array(np.where(values == _NOT_KNOWN, np.nan, values))
                           for name, values in numbers.items()})


def _decode_metrics(value: object) -> Metrics:
    given = mapping(value, "the numbers of a pane")
    known_keys(given, tuple(field.name for field in fields(Metrics)), "the numbers of a pane")
    values: dict[str, Any] = {name: _maybe(entry, name) for name, entry in given.items()}
    for name, entry in values.items():
        if name.endswith("_error") or name == "loss_floor":
            _at_least_0(entry, name)
    nfe = None if given.get("nfe") is None else whole(given["nfe"], "the evaluations")
    return Metrics(**{**values, "seconds": number(given.get("seconds", 0.0), "seconds"), "nfe": nfe})


def _saved(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    # Not np.ascontiguousarray, which gives a single number an axis.
    return save({name: np.asarray(tensors[name], order="C") for name in sorted(tensors)})


def _tensors(data: bytes) -> dict[str, NDArray[np.generic]]:
    try:
        tensors = load(data)
    except (SafetensorError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise ProjectError(f"an array in it cannot be read ({error})") from error
    if len(tensors) > _MOST_TENSORS or any(len(name) > _LONGEST_NAME for name in tensors):
        raise ProjectError(f"it holds {len(tensors)} arrays")
    return tensors


def _named(tensors: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.generic]:
    if name not in tensors:
        raise ProjectError(f"the array {quoted(name)} is missing")
    return tensors[name]


def _numbers(array: NDArray[np.generic], name: str, kinds: str) -> NDArray[Any]:
    """Return the array if its values are finite numbers of the given kinds (dtype.kind), read-only."""
    if array.dtype.kind not in kinds or array.ndim > _MOST_AXES or not np.isfinite(array).all():
        raise ProjectError(f"the array {quoted(name)} ({array.dtype}, {array.shape}) holds something else than numbers")
    array.setflags(write=False)
    return array


def _points(tensors: Mapping[str, NDArray[np.generic]], name: str, axes: int, most: int) -> FloatArray:
    """Return (n,) float32 for one axis, positions (n, 2) float64 for two, n at most `most`."""
    array = _numbers(_named(tensors, name), name, "f")
    is_double = axes == 2 and array.dtype == np.float64
    if array.ndim != axes or not (array.dtype == np.float32 or is_double) or (axes == 2 and array.shape[1] != 2) \
            or len(array) > most:
        raise ProjectError(f"the array {quoted(name)} has the shape {array.shape} and the type {array.dtype}")
    if axes == 2 and _peak(array) > _LARGEST:
        raise ProjectError(f"the array {quoted(name)} holds places up to {_peak(array):g}")
    return array if axes == 1 else frozen_array(array, np.float64)


def _narrowest(places: FloatArray) -> FloatArray:
    """Return positions as float32 where that loses nothing, which is so for what shapes draw."""
    narrow = places.astype(np.float32)
    return narrow if np.array_equal(narrow, places) else places


def _halves(tensors: Mapping[str, NDArray[np.generic]], name: str) -> FloatArray:
    """Return an array that was written half as precise."""
    array = _named(tensors, name)
    if array.dtype != np.float16:
        raise ProjectError(f"the array {quoted(name)} has the type {array.dtype}")
    halves: FloatArray = _numbers(array, name, "f").astype(np.float32)
    return halves


def _dots(tensors: Mapping[str, NDArray[np.generic]], name: str) -> FloatArray:
    dots = _points(tensors, name, 2, _MOST_PARTICLES)
    if len(dots) == 0:
        raise ProjectError(f"the {name} has no dots")
    return dots


def _check_nodes(array: NDArray[np.generic], k: int, what: str) -> None:
    """Check that an array is (k, R, R, 2), two vectors or more along each edge, and no larger than a picture is."""
    if (array.ndim != 4 or array.shape[0] != k or not 2 <= array.shape[1] <= _MOST_NODES
            or array.shape[1] != array.shape[2] or array.shape[3] != 2 or array.size > _MOST_NUMBERS):
        raise ProjectError(f"the {what} has the shape {array.shape}")


def _three(extent: Extent) -> list[float]:
    return [extent.cx, extent.cy, extent.half]


def _extent(value: object, what: str) -> Extent:
    place = [number(each, what) for each in listing(value, what)]
    if len(place) != 3 or place[2] < _SMALLEST_HALF or max(map(abs, place)) > _LARGEST:
        raise ProjectError(f"{what} is {quoted(place)}")
    return Extent(*place)


def _positive(plain: Mapping[str, Any], name: str) -> float:
    value = number(plain.get(name), name)
    if not 0 < value < _LARGEST:
        raise ProjectError(f"the {name} is {value:g}")
    return value


def _maybe(value: object, what: str) -> float | None:
    return None if value is None else number(value, what)


def _at_least_0(value: float | None, what: str) -> float | None:
    if value is not None and value < 0:
        raise ProjectError(f"the {what} is {value:g}")
    return value


def _plain(value: float | None) -> float | None:
    """Return the value for JSON, which has no NaN; what is not finite is not known."""
    if value is None or not np.isfinite(value):
        return None
    return value if isinstance(value, int) else float(value)


def _half_precise(places: FloatArray, extent: Extent, scale: float) -> NDArray[np.float16]:
    return np.asarray((places - _centre(extent)) / scale, dtype=np.float16)


def _in_the_world(places: NDArray[Any], plain: Mapping[str, Any], extent: Extent) -> FloatArray:
    return frozen_array(places.astype(np.float64) * _positive(plain, "scale") + _centre(extent), np.float64)


def _centre(extent: Extent) -> FloatArray:
    return np.array([extent.cx, extent.cy])


def _peak(array: NDArray[Any]) -> float:
    return float(np.abs(array).max()) if array.size else 0.0
