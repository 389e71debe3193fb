"""The listener thread: hears that jobs changed, reads how they stand now, and hands that over. For ever.

Never touches the scene or a widget: what it finds goes to `tell`, which must only pass it on to the main thread.
Events say that something changed; the view says what. An event may come before its view is published, so a view is
asked for until it holds the event.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from flatiron_tasks.contracts.errors import FlatironError, TransportError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.listener import GapFound, Heard

log = logging.getLogger(__name__)
_READ_ALL_EVERY_S: Final = 60.0
"""The hints are a convenience: even without any, the list is never older than this."""
_PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
_GIVE_UP_ON_A_VIEW_S: Final = 30.0


class Events(Protocol):
    """Where events come from; `listener.EventListener` is one. `hear` waits about a second for something."""

    def begin(self) -> None:
        """What happens from now on must be heard. Raises ShareError."""
        ...

    def hear(self) -> Iterable[Heard]:
        """What happened since the last call. Raises TransportError, ShareError."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class Views(Protocol):
    """Where views come from; `views.ViewReader` is one."""

    @property
    def left_out(self) -> str:
        """A sentence on jobs that `all` could not read the last time; empty without any."""
        ...

    def all(self) -> dict[str, JobView]:
        """Every job. Raises TransportError."""
        ...

    def some(self, job_ids: Collection[str]) -> dict[str, JobView]:
        """Some jobs. Raises TransportError."""
        ...

    def now(self) -> datetime:
        """The clock that dates views. Raises TransportError."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


@dataclass(frozen=True)
class News:
    """What one round brought."""

    views: Mapping[str, JobView]
    """Jobs that were read anew."""
    is_everything: bool
    """Whether jobs that are not in `views` are gone."""
    heard: tuple[Event, ...] = ()
    """Events since the last round, oldest first."""
    trouble: str = ""
    """Why nothing can be heard at present; empty if it can."""
    now: datetime | None = None
    """The clock of Redis, read just now; None if it was not."""
    left_out: str = ""
    """With everything: a sentence on jobs that cannot be read here; empty without any."""


class Watcher:
    """Runs rounds in a thread of its own until it is closed."""

    def __init__(
        self,
        events: Events,
        views: Views,
        tell: Callable[[News], None],
        *,
        explain: Callable[[BaseException], str] = str,
    ) -> None:
        """`explain` says for an artist why Redis does not answer."""
        self._explain = explain
        self._events = events
        self._views = views
        self._tell = tell
        self._closing = threading.Event()
        self._awaited: dict[str, _Awaited] = {}
        self._read_all_at = 0.0
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="flatiron job listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening; returns at once, the thread ends by itself within a round."""
        self._closing.set()

    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._guarded_round()
        finally:
            self._events.close()
            self._views.close()

    def _guarded_round(self) -> None:
        try:
            self.round()
            self._failures = 0
        except TransportError as error:
            self._fail(self._explain(error.__cause__ or error))
        except FlatironError as error:  # an address that is none, a missing package: it may be corrected meanwhile
            self._fail(str(error))
        except Exception as error:
            log.exception("the job listener met an error of its own")
            self._fail(f"The list of jobs is not kept up to date: {type(error).__name__}: {error}. Report this.")

    def _fail(self, trouble: str) -> None:
        self._read_all_at = 0.0  # what happened meanwhile is read whole
        self._tell(News({}, is_everything=False, trouble=trouble))
        self._closing.wait(_PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)])
        self._failures += 1

    def round(self) -> None:
        """One round. Raises TransportError, ShareError."""
        if time.monotonic() >= self._read_all_at:
            self._events.begin()
            views = self._views.all()
            self._tell(News(views, is_everything=True, now=self._views.now(), left_out=self._views.left_out))
            self._read_all_at = time.monotonic() + _READ_ALL_EVERY_S
        heard = tuple(self._events.hear())
        for item in heard:
            self._note(item)
        if self._awaited:
            events = tuple(item for item in heard if isinstance(item, Event))
            self._tell(News(self._read_awaited(), is_everything=False, heard=events, now=self._views.now()))

    def _note(self, item: Heard) -> None:
        """Remember which job to read again; an entry nobody can read means: all."""
        if isinstance(item, Event):
            self._await(item.job_id, item.sequence)
        elif isinstance(item, GapFound):
            self._await(item.job_id, item.found)
        else:
            log.warning("%s", item.error)
            self._read_all_at = 0.0

    def _await(self, job_id: str, sequence: int) -> None:
        self._awaited[job_id] = _Awaited(sequence, time.monotonic() + _GIVE_UP_ON_A_VIEW_S)

    def _read_awaited(self) -> dict[str, JobView]:
        """The awaited views. One that is still too old stays awaited for a while: it is about to be published."""
        found = self._views.some(self._awaited)
        for job_id, awaited in list(self._awaited.items()):
            view = found.get(job_id)
            if (view is not None and view.sequence >= awaited.sequence) or time.monotonic() > awaited.until:
                del self._awaited[job_id]
        return found


@dataclass(frozen=True)
class _Awaited:
    sequence: int
    until: float
