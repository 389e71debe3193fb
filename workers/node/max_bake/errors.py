"""Failures of the bake, with the class that decides whether another node may do better."""

from __future__ import annotations

from flatiron_tasks.contracts.errors import RenderError


class BakeFailedError(RenderError):
    """The bake of this task failed."""

    def __init__(self, what: str, *, why: str = "", advice: str = "", failure_class: str = "renderer") -> None:
        """failure_class: licence, node, share, scene or renderer."""
        super().__init__(what, why=why, advice=advice)
        self.failure_class = failure_class


def scene_failure(
    what: str, *, why: str = "", advice: str = "Correct the scene and submit it again."
) -> BakeFailedError:
    """A failure that any node would have."""
    return BakeFailedError(what, why=why, advice=advice, failure_class="scene")


def node_failure(what: str, *, why: str = "", advice: str = "Check this node's 3ds Max.") -> BakeFailedError:
    """A failure that another node may not have."""
    return BakeFailedError(what, why=why, advice=advice, failure_class="node")
