"""How a node runs one renderer and reads what it says: data, so that a site can add or change a renderer.

Values of command lines and log files may hold placeholders; `workers.node.launch` says what each stands for.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule
from flatiron_tasks.contracts.errors import ContractError

TASK_PLACEHOLDERS = ("{task}", "{pre_render_script}")
EXECUTABLE_PLACEHOLDER = "{executable}"
LOG_CLASSES = ("licence", "node", "share", "scene", "renderer")


@dataclass(frozen=True)
class LogSymptom(Document):
    """What a line of a log means."""

    pattern: str = rule("Regular expression, letters in either case, searched in each line.")
    failure_class: str = rule("Class of the failure.", choices=LOG_CLASSES)
    advice: str = rule("What a person should do.")
    ends_renderer_after_seconds: int = rule(
        "The renderer is killed when so much time has passed since such a line and no line of `progress_pattern` "
        "came; 0 = never. For programs that wait for ever instead of failing.",
        minimum=0,
    )

    def check(self) -> None:
        """The pattern can be compiled."""
        check_pattern("pattern", self.pattern)


@dataclass(frozen=True)
class ExitCodeMeaning(Document):
    """What an exit code tells when there is nothing better."""

    code: int = rule("Exit code, as a signed number.")
    meaning: str = rule("What its maker says about it.")
    failure_class: str = rule("Class of the failure.", choices=LOG_CLASSES)


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
    max_program: str = rule("Program of 3ds Max that `{executable}` stands for; empty without such a placeholder.")
    writes_result: bool = rule("Whether it writes `result.json` beside the task file as its last action.")
    logs: tuple[str, ...] = rule("Log files beside what it prints.")
    code_pages: tuple[str, ...] = rule("Encodings of a line that is neither UTF-16 nor UTF-8, the likelier first.")
    progress_pattern: str = rule("Regular expression for lines that prove work; empty for none.")
    symptoms: tuple[LogSymptom, ...] = rule("What lines of its logs mean, looked at before the general table.")
    exit_codes: tuple[ExitCodeMeaning, ...] = rule("What its exit codes mean.")
    no_progress_seconds: int = rule("Its own limit in place of the node's; 0 = the node's.", minimum=0)
    time_limit_minutes: int = rule("Limit on this node if the job's is longer; 0 = the job's.", minimum=0)
    whole_maps_only: bool = rule("Whether it can bake whole maps only: jobs of more than one strip are refused.")
    one_object_per_pass: bool = rule("Whether it bakes one object per image: passes of several are refused.")

    def check(self) -> None:
        """The command names the task, placeholders fit, patterns and encodings exist."""
        command = " ".join(self.command)
        if not any(placeholder in command for placeholder in TASK_PLACEHOLDERS):
            raise ContractError(f"`command` of {self.name} holds no {{task}}, so it cannot know its task.")
        if (EXECUTABLE_PLACEHOLDER in command) != bool(self.max_program):
            raise ContractError(
                f"`max_program` and {EXECUTABLE_PLACEHOLDER} in `command` go together, in {self.name} too."
            )
        check_pattern("progress_pattern", self.progress_pattern)
        for name in self.code_pages:
            try:
                codecs.lookup(name)
            except LookupError:
                raise ContractError(f"`code_pages` of {self.name} holds {name!r}: Python does not know it.") from None

    def exit_code_meaning(self, code: int | None) -> ExitCodeMeaning | None:
        """What is known about an exit code."""
        return next((meaning for meaning in self.exit_codes if meaning.code == code), None)


def check_pattern(key: str, pattern: str) -> None:
    """Refuse a pattern that is no regular expression. Raises ContractError."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ContractError(f"`{key}` is not a regular expression: {pattern!r}.", why=str(error)) from error
