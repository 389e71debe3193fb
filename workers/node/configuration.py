"""What a node knows about itself: its paths and the command lines of its renderers.

A job only names a renderer. The command line is the node's, so that nobody who can write to the share can make a node
run a program of theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.document import Document, Options, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError, SettingsError
from flatiron_tasks.share.path_mapping import PathRule
from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError

CONFIGURATION_VARIABLE = "FLATIRON_NODE_CONFIG"
TASK_PLACEHOLDER = "{task}"
# A 3ds Max started from an activated environment believes these and breaks.
_PYTHON_VARIABLES = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")


@dataclass(frozen=True)
class NodeRenderer(Document):
    """How this node runs one renderer."""

    name: str = rule("Name that jobs use.", pattern=r"[a-z0-9][a-z0-9_-]{0,31}")
    command: tuple[str, ...] = rule(
        "Program and arguments; `{task}` stands for the path of the task file.", min_items=1
    )
    trust_exit_code: bool = rule(
        "Whether an exit code other than 0 fails the attempt even if every piece is there. "
        "False for 3ds Max, whose batch program was seen to lie in both directions."
    )
    clean_python_environment: bool = rule("Whether variables that redirect a Python interpreter are removed.")

    def check(self) -> None:
        """The command names the task file."""
        if not any(TASK_PLACEHOLDER in argument for argument in self.command):
            raise ContractError(f"`command` of {self.name} holds no {TASK_PLACEHOLDER}, so it cannot know its task.")

    def command_for(self, task_file: Path) -> list[str]:
        """The command line for one task."""
        return [argument.replace(TASK_PLACEHOLDER, str(task_file)) for argument in self.command]


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


BUILT_IN = NodeConfiguration(
    schema_version=1,
    path_rules=(),
    renderers=(
        NodeRenderer(
            name="reference",
            command=(sys.executable or "python3", "-m", "workers.reference_renderer", TASK_PLACEHOLDER),
            trust_exit_code=True,
            clean_python_environment=False,
        ),
    ),
    environment={},
    no_progress_seconds=1800,
)


def load_configuration(environment: Mapping[str, str]) -> NodeConfiguration:
    """The configuration that the environment names, else the built-in one. Raises SettingsError."""
    file = environment.get(CONFIGURATION_VARIABLE, "")
    if not file:
        return BUILT_IN
    try:
        return NodeConfiguration.from_json(Path(file).read_bytes(), source=file)
    except OSError as error:
        advice = f"Correct {CONFIGURATION_VARIABLE} on this node."
        raise SettingsError(
            f"The node's configuration {file} cannot be read.", why=str(error), advice=advice
        ) from error
    except ContractError as error:
        raise SettingsError(error.what, why=error.why, advice=error.advice or f"Correct {file}.") from error
