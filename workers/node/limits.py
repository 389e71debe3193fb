"""What a renderer cannot do, refused before anything starts. The submitter's preflight refuses the same earlier."""

from __future__ import annotations

from workers.node.assignment import Assignment
from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.profile import NodeRenderer


def check_limits(renderer: NodeRenderer, assignment: Assignment) -> None:
    """Raise AttemptFailedError if the renderer cannot bake such a task; no other node could either."""
    strips = assignment.job.strips
    if renderer.whole_maps_only and strips > 1:
        raise _refused(
            f"{renderer.name} cannot bake strips; the job has {strips} per pass.",
            why="3ds Max's Render To Texture bakes whole maps: every strip would cost as much as the map.",
            advice="Submit the job again with one strip.",
        )
    objects = assignment.plan.passes[assignment.task.pass_index].objects
    if renderer.one_object_per_pass and len(objects) > 1:
        raise _refused(
            f"{renderer.name} cannot bake {len(objects)} objects into one image.",
            why="3ds Max's Render To Texture writes a file for each object.",
            advice="Submit the job again as Multi Pass.",
        )


def _refused(what: str, *, why: str, advice: str) -> AttemptFailedError:
    return AttemptFailedError(what, why=why, advice=advice, code=NodeExit.JOB_DESCRIPTION, failure_class="scene")
