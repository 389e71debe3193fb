"""What happens to the files that people see: a foreign file in the way, a piece that is broken on the share."""

from __future__ import annotations

from tests.drills.studio import TEXTURE, Studio


def test_a_file_that_somebody_put_in_the_place_stays_and_the_texture_stands_beside_it(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("painted over").job_id
        studio.wait_for_renders()
        final = studio.output("painted over") / TEXTURE
        final.write_bytes(b"painted by hand")
    said = studio.wait_for(job_id, "done").sentence
    assert "Finished; 1 texture stands beside its name" in said
    assert final.read_bytes() == b"painted by hand"
    assert len(list(final.parent.glob("CompleteMap.flatiron-*.png"))) == 1


def test_a_piece_that_is_broken_on_the_share_fails_its_merge_and_ends_by_the_command_that_status_names(
    studio: Studio,
) -> None:
    with studio.held_renders():
        job = studio.submit("broken piece")
        studio.wait_for_renders()
        studio.kill("sweep")
    studio.wait_for_pieces(job)
    piece = min((job.job_folder / "pieces").glob("p00001-*.exr"))
    piece.write_bytes(piece.read_bytes()[:-40])
    studio.start("sweep")
    studio.wait_for(job.job_id, "failed")
    status = studio.status(job.job_id)
    assert piece.name in status["reason"]
    command = f"flatiron requeue {job.job_id} --rerender"
    assert f"`{command}`" in status["advice"], status["advice"]
    queued = studio.flatiron(*command.split()[1:])
    assert queued.returncode == 0, queued.stderr
    studio.wait_for(job.job_id, "done")
