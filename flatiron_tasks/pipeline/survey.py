"""What a farm says during one sweep. Each question about the whole farm is asked at most once, and only if needed."""

from __future__ import annotations

import logging
from functools import cached_property

from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from flatiron_tasks.pipeline.farm_names import PREFIX
from flatiron_tasks.pipeline.farm_port import Farm, FarmJobView, FarmServer
from flatiron_tasks.pipeline.sweep_book import Listing

log = logging.getLogger(__name__)


def list_ours(farm: Farm) -> Listing:
    """Our jobs on a farm, in one request. Raises FarmError."""
    return {name: view for name, view in farm.jobs().items() if name.startswith(PREFIX)}


class Survey:
    """One look at the queue of a farm. Every question may raise FarmError.

    `answering_since`: when the manager came back last, 0 if it was never away. `recovering`: it has done so so recently
    that it may not list every job yet. `queue_lost`: a job that is missing may be so because its queue was lost.
    """

    def __init__(
        self,
        farm: Farm,
        listing: Listing,
        *,
        before: Listing,
        answering_since: float = 0.0,
        recovering: bool = False,
        queue_lost: bool = False,
    ) -> None:
        self.farm = farm
        self.listing = listing
        self.answering_since = answering_since
        self.recovering = recovering
        self.queue_lost = queue_lost
        self._before = before

    @property
    def changed(self) -> set[str]:
        """Names of our jobs that are new, gone, or listed otherwise than before."""
        names = {*self._before, *self.listing}
        return {name for name in names if self._before.get(name) != self.listing.get(name)}

    def view(self, name: str) -> FarmJobView | None:
        """How the farm lists one of our jobs, None if it does not."""
        return self.listing.get(name)

    @cached_property
    def servers(self) -> tuple[FarmServer, ...]:
        """All servers of the farm."""
        return self.farm.servers()

    @cached_property
    def archived(self) -> frozenset[str]:
        """Names in the farm's archive; none if the manager has no archive, or will not show it."""
        try:
            return self.farm.archived()
        except (FarmProtocolError, FarmRefusedError) as error:
            log.warning("The farm's archive counts as empty: %s", error)
            return frozenset()

    def server_names(self, handles: list[str]) -> tuple[str, ...]:
        """Servers by name; one that the farm does not list keeps its handle."""
        names = {server.handle: server.name for server in self.servers}
        return tuple(names.get(handle, handle) for handle in handles)

    def server_handles(self, names: tuple[str, ...]) -> list[str]:
        """Servers by handle; a name that the farm does not list is a handle itself."""
        handles = {server.name: server.handle for server in self.servers}
        return [handles.get(name, name) for name in names]
