"""What a node knows about itself: its paths and the command lines of its renderers.

A job only names a renderer. The command line is the node's, so that nobody who can write to the share can make a node
run a program of theirs.

In the file, an entry of `renderers` may name a built-in profile as its `base` and give only what differs; what an entry
without a base leaves out is as in the file of an earlier version: no extra logs, no limits of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.document import Document, Options, encode, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError, SettingsError
from flatiron_tasks.share.path_mapping import PathRule
from workers.node.built_in_profiles import BUILT_IN_PROFILES, REFERENCE
from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.profile import NodeRenderer

CONFIGURATION_VARIABLE = "FLATIRON_NODE_CONFIG"
# A 3ds Max started from an activated environment believes these and breaks.
_PYTHON_VARIABLES = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")
_ALWAYS_NEEDED = ("name", "command", "trust_exit_code", "clean_python_environment")
_OF_NO_BASE = {name: value for name, value in encode(REFERENCE).items() if name not in _ALWAYS_NEEDED}


@dataclass(frozen=True)
class NodeConfiguration(Document):
    """The file that the variable `FLATIRON_NODE_CONFIG` names."""

    schema_version: int = schema_version(1)
    path_rules: tuple[PathRule, ...] = rule("How this node reaches canonical paths.")
    renderers: tuple[NodeRenderer, ...] = rule("Renderers of this node.", min_items=1)
    environment: Options = rule("Variables added to a renderer's environment; values are texts.")
    no_progress_seconds: int = rule("How long a renderer may neither write nor say anything.", minimum=1)

    def check(self) -> None:
        """Names are unique, variables are texts."""
        names = [renderer.name for renderer in self.renderers]
        if len(set(names)) != len(names):
            raise ContractError("`renderers` holds one name twice.")
        for name, value in self.environment.items():
            if not isinstance(value, str) or not name or "=" in name or "\x00" in name + value:
                raise ContractError(f"`environment.{name}` must be a text.")

    def renderer(self, name: str) -> NodeRenderer:
        """The renderer of this name. Raises AttemptFailedError."""
        for renderer in self.renderers:
            if renderer.name == name:
                return renderer
        known = ", ".join(renderer.name for renderer in self.renderers)
        raise AttemptFailedError(
            f"This node has no renderer {name!r}.",
            why=f"It knows: {known}.",
            advice=f"Add {name!r} to the file that {CONFIGURATION_VARIABLE} names, or send the job to other nodes.",
            code=NodeExit.RENDERER_UNKNOWN,
            failure_class="node",
        )

    def environment_for(self, renderer: NodeRenderer, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment in which a renderer runs."""
        removed = _PYTHON_VARIABLES if renderer.clean_python_environment else ()
        kept = {name: value for name, value in inherited.items() if name.upper() not in removed}
        return kept | {name: str(value) for name, value in self.environment.items()}

    def no_progress_limit(self, renderer: NodeRenderer) -> int:
        """Seconds for which this renderer may be silent."""
        return renderer.no_progress_seconds or self.no_progress_seconds


BUILT_IN = NodeConfiguration(
    schema_version=1, path_rules=(), renderers=BUILT_IN_PROFILES, environment={}, no_progress_seconds=1800
)


def load_configuration(environment: Mapping[str, str]) -> NodeConfiguration:
    """The configuration that the environment names, else the built-in one. Raises SettingsError."""
    file = environment.get(CONFIGURATION_VARIABLE, "")
    if not file:
        return BUILT_IN
    try:
        return NodeConfiguration.from_json(_completed(Path(file).read_bytes()), source=file)
    except OSError as error:
        advice = f"Correct {CONFIGURATION_VARIABLE} on this node."
        raise SettingsError(
            f"The node's configuration {file} cannot be read.", why=str(error), advice=advice
        ) from error
    except ContractError as error:
        raise SettingsError(error.what, why=error.why, advice=error.advice or f"Correct {file}.") from error


def _completed(text: bytes) -> str | bytes:
    """The file with every renderer written out; a text that holds none is left for the strict reader to refuse."""
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return text
    entries = data.get("renderers") if isinstance(data, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return text
    return json.dumps(data | {"renderers": [_completed_entry(entry) for entry in entries]})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one with a key twice is the strict reader's to refuse."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _completed_entry(entry: dict[str, Any]) -> dict[str, Any]:
    if "base" not in entry:
        return _OF_NO_BASE | entry
    profiles = {profile.name: profile for profile in BUILT_IN_PROFILES}
    profile = profiles.get(entry["base"]) if isinstance(entry["base"], str) else None
    if profile is None:
        advice = f"Use one of {', '.join(profiles)}."
        raise ContractError(f"`renderers.base` {entry['base']!r:.40} is no built-in profile.", advice=advice)
    given: dict[str, Any] = {name: value for name, value in entry.items() if name != "base"}
    own: dict[str, Any] = encode(profile)
    return own | given
