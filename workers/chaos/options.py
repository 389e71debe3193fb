"""What a chaos run is to do, and the command line that repeats it."""

from __future__ import annotations

from dataclasses import dataclass, replace

WITHOUT_END = 10**9
SOAK_MINUTES = 10.0
SOAK_AT_ONCE = 10
SOAK_JOBS_PER_FAULT = 20.0
"""About one fault in half a minute on a machine with two cores."""


@dataclass(frozen=True)
class Options:
    """`minutes` ends the submissions, 0 for never; `is_soak` judges textures on the way and removes them.

    `broken` names invariants to break on purpose.
    """

    jobs: int
    seed: int
    faults: tuple[str, ...] = ()
    minutes: float = 0.0
    shapes: int = 12
    at_once: int = 24
    jobs_per_fault: float = 5.0
    broken: tuple[str, ...] = ()
    is_soak: bool = False

    @property
    def command(self) -> str:
        """What repeats it."""
        words = ["flatiron chaos", "--soak" if self.is_soak else f"--jobs {self.jobs}", f"--seed {self.seed}"]
        words += [f"--minutes {self.minutes:g}"] if self.minutes else []
        words += [f"--shapes {self.shapes} --at-once {self.at_once} --jobs-per-fault {self.jobs_per_fault:g}"]
        words += [f"--faults {','.join(self.faults)}"] if self.faults else []
        return " ".join(words)

    def breaking(self, crimes: tuple[str, ...]) -> Options:
        """The same, with these invariants broken at the end."""
        return replace(self, broken=crimes)
