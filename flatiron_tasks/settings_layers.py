"""Where settings come from: one layer per source, merged in order, with errors that name the source.

Knows no setting by name; `settings.py` declares them.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings import SettingsError as EnvironmentSyntaxError

from flatiron_tasks.contracts.errors import SettingsError

S = TypeVar("S", bound=BaseSettings)
Data = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """The settings of one source. `names` says how the source itself calls a key."""

    source: str
    data: Data = field(default_factory=dict)
    prefix: str = ""

    def name(self, keys: Sequence[str]) -> str:
        """A key as this source writes it: `flower.port`, or `FLATIRON_FLOWER__PORT`."""
        return self.prefix + "__".join(keys).upper() if self.prefix else ".".join(keys)


def find_file(config: Path | None, places: Sequence[Path]) -> Path | None:
    """The settings file to read, or None. A file that was named must exist, else SettingsError."""
    named = os.environ.get("FLATIRON_CONFIG")
    chosen = config or (Path(named) if named else None)
    if chosen is None:
        return next((place for place in places if place.is_file()), None)
    if not chosen.is_file():
        by = "--config" if config else "FLATIRON_CONFIG"
        raise SettingsError(
            f"The settings file {chosen} does not exist.", advice=f"{by} names it: correct the path or create the file."
        )
    return chosen


def file_layer(path: Path | None) -> Layer:
    """What a TOML file says; nothing for None. Raises SettingsError if it cannot be read."""
    if path is None:
        return Layer("no file")
    try:
        return Layer(f"the file {path}", tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file {path} is not valid TOML.",
            why=str(error),
            advice="Correct that line; deploy/flatiron.example.toml shows every setting as it is written.",
        ) from None
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read.", why=error.strerror or str(error)) from None


def environment_layer(
    model: type[BaseSettings], other_variables: Mapping[str, str], explained: Mapping[str, str]
) -> Layer:
    """What the environment says. Raises SettingsError for a variable with our prefix that is no setting."""
    prefix = model.model_config["env_prefix"]
    for variable in sorted(os.environ):
        if variable.upper().startswith(prefix) and variable.upper() not in other_variables:
            _refuse_unknown_variable(model, variable, prefix, other_variables, explained)
    try:
        return Layer("the environment", EnvSettingsSource(model)(), prefix)
    except EnvironmentSyntaxError as error:
        raise SettingsError(
            f"A variable of the environment cannot be read: {error}.",
            advice=f'Lists are written as JSON: {prefix}NETWORK_FOLDERS=["/mnt/bakes"]',
        ) from None


def build(model: type[S], layers: Sequence[Layer], explained: Mapping[str, str]) -> S:
    """Merge the layers, later ones win, and check the result. Raises SettingsError for the first thing wrong."""
    merged: Data = {}
    for layer in layers:
        _refuse_unknown_keys(model, layer, layer.data, (), explained)
        _merge(merged, layer.data)
    try:
        return model(**merged)
    except ValidationError as error:
        raise _explain(model, error, layers) from None


def _merge(into: Data, data: Data) -> None:
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            into[key] = dict(into[key])
            _merge(into[key], value)
        else:
            into[key] = value


def _refuse_unknown_keys(
    model: type[BaseModel], layer: Layer, data: Data, above: tuple[str, ...], explained: Mapping[str, str]
) -> None:
    for key, value in data.items():
        keys = (*above, key)
        if key not in model.model_fields:
            raise SettingsError(
                f"Unknown setting `{layer.name(keys)}` in {layer.source}.",
                advice=explained.get(key) or _nearest(key, model.model_fields),
            )
        group = _group(model, key)
        if isinstance(value, dict) and group is not None:
            _refuse_unknown_keys(group, layer, value, keys, explained)


def _group(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The members of a setting that is a group (a TOML table), else None."""
    annotation: Any = model.model_fields[name].annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _refuse_unknown_variable(
    model: type[BaseModel],
    variable: str,
    prefix: str,
    other_variables: Mapping[str, str],
    explained: Mapping[str, str],
) -> None:
    known = [prefix + name.upper() for name in _leaves(model)]
    if variable.upper() in known:
        return
    advice = explained.get(variable[len(prefix) :].lower()) or _nearest(variable.upper(), [*known, *other_variables])
    raise SettingsError(f"Unknown setting `{variable}` in the environment.", advice=advice)


def _leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every name that may stand in the environment: groups as a whole (JSON) and their members."""
    for name in model.model_fields:
        yield above + name
        group = _group(model, name)
        if group is not None:
            yield from _leaves(group, f"{above}{name}__")


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean `{near[0]}`?" if near else "deploy/flatiron.example.toml lists every setting."


def _explain(model: type[BaseModel], error: ValidationError, layers: Sequence[Layer]) -> SettingsError:
    first = error.errors(include_url=False)[0]
    keys = tuple(str(part) for part in first["loc"])
    layer = next((layer for layer in reversed(layers) if _holds(layer.data, keys)), layers[-1])
    reason = first["msg"].removeprefix("Value error, ")
    name, value = _location(layer, first["loc"]), _shown(model, keys, first["input"])
    return SettingsError(
        f"The setting `{name}` in {layer.source} cannot be {value}.",
        why=reason[0].lower() + reason[1:],
        advice="Correct it there; deploy/flatiron.example.toml shows what it means and how it is written.",
    )


def _holds(data: Any, keys: tuple[str, ...]) -> bool:
    """Whether a layer decided the key: it holds it, or something that is not a table above it."""
    for key in keys:
        if not isinstance(data, dict):
            return True
        if key not in data:
            return False
        data = data[key]
    return True


def _location(layer: Layer, location: tuple[int | str, ...]) -> str:
    named = [part for part in location if isinstance(part, str)]
    first_number = next((part for part in location if isinstance(part, int)), None)
    if first_number is None:
        return layer.name(named)
    head = location[: location.index(first_number)]
    tail = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location[len(head) :])
    return layer.name([str(part) for part in head]) + tail


def _shown(model: type[BaseModel], keys: tuple[str, ...], value: object) -> str:
    return "what it is (not shown, it may hold a password)" if _is_secret(model, keys) else repr(value)[:120]


def _is_secret(model: type[BaseModel], keys: tuple[str, ...]) -> bool:
    """Whether a setting is declared with `repr=False`."""
    if not keys or keys[0] not in model.model_fields:
        return False
    group = _group(model, keys[0])
    return not model.model_fields[keys[0]].repr or (group is not None and _is_secret(group, keys[1:]))
