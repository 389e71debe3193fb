"""What every slow check is given: the input, the world outside, and whether anybody still wants the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from max_submitter.preflight.coverage import Coverage
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.surroundings import Surroundings
from max_submitter.preflight.uv_maps import UvMap, coverage_of, maps_to_check

QuickCheck = Callable[[PreflightInput, Fixes], Iterator[Finding]]
SlowCheck = Callable[["SlowLook"], Iterator[Finding]]


@dataclass(frozen=True)
class SlowLook:
    """One run of the slow checks. Each asks `is_cancelled` between steps and simply ends."""

    input: PreflightInput
    fixes: Fixes
    surroundings: Surroundings
    is_cancelled: Callable[[], bool]

    @property
    def output_folder(self) -> Path:
        """The output folder as this machine reaches it."""
        return Path(self.input.settings.output_folder)

    @property
    def network_folder(self) -> Path:
        """The network output folder as this machine reaches it."""
        return Path(self.input.settings.network.network_folder)

    @cached_property
    def uv_maps(self) -> tuple[UvMap, ...]:
        """Atlases whose UVs can be looked at."""
        return maps_to_check(self.input)

    @cached_property
    def coverage(self) -> dict[int, Coverage]:
        """Handle of an object -> the texels that it covers; incomplete once cancelled."""
        return coverage_of(self.uv_maps, self.input, self.is_cancelled)
