"""How the modules of this folder reach 3ds Max: on its main thread only, with its errors as SceneError."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flatiron_tasks.contracts.errors import SceneError

# MAX-02. OSError and ValueError come of paths and numbers that 3ds Max hands over.
_SPOKEN = (RuntimeError, AttributeError, TypeError, ValueError, OSError)


class MaxAccess:
    """The module `pymxs` for the thread that made this object."""

    def __init__(self, pymxs: Any) -> None:
        self._pymxs = pymxs
        self._thread = threading.get_ident()

    @property
    def rt(self) -> Any:
        """`pymxs.runtime`. Raises SceneError on another thread, where 3ds Max may crash."""
        return self._module.runtime

    @property
    def _module(self) -> Any:
        if threading.get_ident() != self._thread:
            raise SceneError(
                f"The scene was asked from the thread {threading.current_thread().name!r}.",
                why="3ds Max answers on its main thread only.",
                advice="This is a mistake in a script or in Flatiron: let the main thread ask.",
            )
        return self._pymxs

    def name(self, text: str) -> Any:
        """A MAXScript name, as `#bakeSelected`."""
        return self.rt.Name(text)

    def undo_step(self, label: str) -> AbstractContextManager[Any]:
        """What happens inside is one entry of the undo menu; pymxs records nothing of its own accord."""
        context: AbstractContextManager[Any] = self._module.undo(True, label)
        return context

    def by_reference(self) -> Any:
        """For an argument that a function fills: it then returns a sequence of its result and what it filled in."""
        return self._module.byref(None)

    def has(self, thing: Any, name: str) -> bool:
        """Whether a MAXScript object has a property."""
        return bool(self.rt.isProperty(thing, self.name(name)))

    def global_named(self, name: str) -> Any:
        """A class or another global, or None where no plug-in brings it (MAX-02)."""
        return getattr(self.rt, name, None)

    @contextmanager
    def asking(self, what: str, advice: str = "") -> Iterator[None]:
        """Tell what 3ds Max refuses inside as a SceneError that begins with `what`."""
        try:
            yield
        except _SPOKEN as error:
            raise SceneError(what, why=f"3ds Max says: {error}", advice=advice) from error
