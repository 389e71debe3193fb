"""The farm breaks: its manager, its queue, its nodes. Each ends with the textures in place."""

from __future__ import annotations

from tests.drills.studio import NODE, TEXTURE, Studio

LICENCE = "V-Ray error: could not obtain a licence."
SCENE = "The scene file is missing."


def handle_of(studio: Studio, job_id: str) -> str:
    """The farm job, as the Monitor lists it."""
    with studio.farm() as monitor:
        return next(job.handle for job in monitor.jobs() if job_id in job.name)


def test_a_job_that_somebody_suspended_in_the_monitor_goes_on_by_the_command_that_status_names(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("suspended").job_id
        studio.wait_for_renders()
        with studio.farm() as monitor:
            monitor.suspend(handle_of(studio, job_id))
        said = studio.wait_for(job_id, "rendering", "Somebody suspended the job on the farm").sentence
        assert "`flatiron resume` lets it go on; or activate it in the farm's monitor." in said
        resumed = studio.flatiron("resume", job_id)
        assert resumed.returncode == 0, resumed.stderr
    studio.wait_for(job_id, "done")


def test_a_job_that_somebody_deleted_in_the_monitor_fails_and_ends_by_the_command_that_status_names(
    studio: Studio,
) -> None:
    with studio.held_renders():
        job_id = studio.submit("deleted").job_id
        studio.wait_for_renders()
        with studio.farm() as monitor:
            monitor.delete_job(handle_of(studio, job_id))
        studio.wait_for(job_id, "failed")
    status = studio.status(job_id)
    assert "does not know the job any more, but pieces are missing" in status["reason"]
    command = f"flatiron requeue {job_id}"
    assert f"`{command}` renders what is missing" in status["advice"]
    queued = studio.flatiron(*command.split()[1:])
    assert queued.returncode == 0, queued.stderr
    studio.wait_for(job_id, "done")


def test_a_node_that_dies_is_named_and_its_work_is_done_when_a_node_is_back(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("node dead").job_id
        studio.wait_for_renders()
        studio.kill(NODE)
        studio.wait_for(job_id, "rendering", f"{NODE} does not answer; the farm gives its work to others.")
        studio.wait_for(job_id, "rendering", "has no server that is on. Start the render nodes.")
        studio.start(NODE)
    studio.wait_for(job_id, "done")


def test_a_job_that_no_node_may_take_says_which_nodes_are_idle_and_ends_when_one_joins_its_group(
    studio: Studio,
) -> None:
    job_id = studio.submit("nobody takes it", server_group="gpu").job_id
    said = studio.wait_for(job_id, "rendering", "No server of the farm").sentence
    assert f"though {NODE} is idle. Check that a node has this 3ds Max version and belongs to the job's server" in said
    studio.start("node-2", options=("--group", "gpu"))
    studio.wait_for(job_id, "done")
    studio.kill("node-2")


def test_garbage_from_a_node_is_never_a_piece_and_is_rendered_again(studio: Studio) -> None:
    studio.misrender("garbage")
    job = studio.submit("garbage")
    studio.wait_for(job.job_id, "rendering", "is not a valid piece: it is not an OpenEXR file.")
    studio.wait_for(job.job_id, "done")


def test_a_task_that_fails_on_every_node_fails_its_passes_and_ends_when_the_cause_is_mended(studio: Studio) -> None:
    with studio.trouble(SCENE):
        job_id = studio.submit("scene").job_id
        studio.wait_for(job_id, "rendering", f"Every server of the farm has failed on this job ({NODE}), scene trouble")
        studio.wait_for(job_id, "failed")
    status = studio.status(job_id)
    assert f"in 2 attempts, scene trouble: The renderer ended with exit code 1. It said: {SCENE}" in status["reason"]
    assert "Its log: " in status["reason"]
    studio.desk.requeue(job_id)
    studio.wait_for(job_id, "done")


def test_a_licence_that_is_missing_fails_nothing_and_the_job_ends_when_it_is_there(studio: Studio) -> None:
    with studio.trouble(LICENCE):
        job_id = studio.submit("licence").job_id
        said = studio.wait_for(
            job_id, "rendering", f"licence trouble: The renderer ended with exit code 1. It said: {LICENCE}"
        )
        assert "Check the licence server, and that these nodes may use the renderer." in said.sentence
    studio.wait_for(job_id, "done")
    assert (studio.output("licence") / TEXTURE).is_file()


def test_a_manager_that_is_killed_is_named_and_the_job_goes_on_when_it_is_back(studio: Studio) -> None:
    """The last drill here: for a minute after it, a job that is gone counts as lost by the manager."""
    with studio.held_renders():
        job_id = studio.submit("manager killed").job_id
        studio.wait_for_renders()
        studio.kill("manager")
        address = "{}:{}".format(*studio.manager)
        trouble = f"The farm manager {address} has not answered since "
        studio.wait_for(job_id, "rendering", trouble)
        shown = " ".join(studio.flatiron("status").stdout.split())
        assert trouble in shown
        assert "Next try" in shown
        studio.start("manager")
    assert trouble not in studio.wait_for(job_id, "done").sentence
