"""Which UV channels nodes have, remembered while 3ds Max tells when that may have changed.

The panel asks for the objects of all groups again and again; each answer anew would copy every mesh of the scene.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from max_submitter.scene.access import MaxAccess
from max_submitter.scene.uv import channels_of

# MAX-21. Moving vertices changes no channel, so `geometryChanged` is not among them.
_EVENTS: Final = ("added", "deleted", "modelStructured", "modelOtherEvent", "topologyChanged", "mappingChanged")


class UvChannels:
    """Remembers nothing where 3ds Max cannot tell of changes: slow is better than wrong."""

    def __init__(self, max_: MaxAccess) -> None:
        self._max = max_
        self._known: dict[tuple[int, str], tuple[int, ...]] = {}
        self._events: Any = None
        """The registration; 3ds Max ends it when nobody holds it any more."""

    def of(self, node: Any, handle: int) -> tuple[int, ...]:
        """Channels of a node that hold coordinates. The name is part of the key: another scene may use the handle."""
        self._listen()
        key = (handle, str(node.name))
        if self._events is None or key not in self._known:
            self._known[key] = channels_of(self._max, node)
        return self._known[key]

    def _listen(self) -> None:
        if self._events is None:
            with suppress(RuntimeError, AttributeError, TypeError):  # it asks again next time
                self._events = self._max.rt.NodeEventCallback(**dict.fromkeys(_EVENTS, self._forget))

    def _forget(self, *_event: Any) -> None:
        """3ds Max gives the event and handles of nodes, which are of another kind than ours."""
        self._known.clear()
