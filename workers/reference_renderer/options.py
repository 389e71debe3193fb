"""The options of the reference renderer: strict, with defaults. Does not know where they come from."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields

from flatiron_tasks.contracts.errors import SettingsError

_LIMITS: dict[str, tuple[float, float]] = {"samples": (1, 65536), "ao_distance": (1e-4, 10.0), "seed": (0, 2**32 - 1)}


@dataclass(frozen=True)
class RenderOptions:
    """What an artist may choose."""

    samples: int = 16
    """Rays of each kind per texel."""
    ao_distance: float = 0.12
    """Reach of AmbientOcclusion, as a part of the diagonal of the whole scene's bounding box."""
    seed: int = 0
    """Another seed gives another noise pattern."""


def read_options(given: Mapping[str, int | float | str | bool]) -> RenderOptions:
    """Check options. Raises SettingsError naming the option, the limits and the nearest name that exists."""
    defaults = RenderOptions()
    names = [item.name for item in fields(RenderOptions)]
    values: dict[str, int | float] = {}
    for name, value in given.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
            raise SettingsError(
                f"The reference renderer has no option {name!r}.",
                advice=f"Did you mean {near[0]!r}? Known options: {', '.join(names)}.",
            )
        values[name] = _checked(name, value, type(getattr(defaults, name)))
    return RenderOptions(
        samples=int(values.get("samples", defaults.samples)),
        ao_distance=float(values.get("ao_distance", defaults.ao_distance)),
        seed=int(values.get("seed", defaults.seed)),
    )


def _checked(name: str, value: int | float | str | bool, wanted: type) -> int | float:
    low, high = _LIMITS[name]
    is_number = isinstance(value, int if wanted is int else int | float) and not isinstance(value, bool)
    if isinstance(value, str) or not is_number or not low <= value <= high:
        kind = "a whole number" if wanted is int else "a number"
        raise SettingsError(
            f"Option {name!r} of the reference renderer is {value!r}.",
            advice=f"Give {kind} from {low:g} to {high:g}.",
        )
    return value
