"""`flatiron verify`: is this file the texture that the bake made? Needs no Redis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flatiron_tasks.contracts.document import encode
from workers.cli.exit_codes import ExitCode
from workers.cli.session import session_of

if TYPE_CHECKING:
    from flatiron_tasks.pipeline.proof_check import TextureCheck

_SHORT = {
    "exact": "Yes, this is the file that the bake made.",
    "same pixels": "Yes, this is the image that the bake made, saved again.",
    "different": "No, this is not what the bake made.",
    "unknown": "That cannot be said.",
}
_CODES = {"different": ExitCode.DIFFERENT, "unknown": ExitCode.NO_PROOF}
EPILOG = (
    f"Exit codes: {ExitCode.OK.value} yes; {ExitCode.DIFFERENT.value} no; {ExitCode.NO_PROOF.value} cannot say: no"
    f" proof was found; {ExitCode.NOT_READY.value} with --job, pieces are missing or damaged."
)


def verify(
    context: typer.Context,
    texture: Annotated[Path, typer.Argument(help="The texture in question.")],
    job: Annotated[
        Path | None,
        typer.Option(help="Job folder (or its job.desc) with kept pieces: make the texture again and compare."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a texture against the proof that the workers kept of it, or against its pieces."""
    check = _check(context, texture, job)
    if as_json:
        typer.echo(json.dumps(_as_data(check), indent=2, ensure_ascii=False))
    else:
        console = Console()
        for line in (_SHORT[check.answer], *check.sentences):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        if check.answer == "unknown" and job is None:
            console.print("If its job folder was kept, name it with --job.", highlight=False)
    raise typer.Exit(_CODES.get(check.answer, ExitCode.OK))


def _check(context: typer.Context, texture: Path, job: Path | None) -> TextureCheck:
    from flatiron_tasks.pipeline.proof_check import check_by_pieces, check_by_proof  # noqa: PLC0415 - OpenImageIO

    folders = session_of(context).settings.network_folders
    if job is None:
        return check_by_proof(texture, folders)
    progress = Console(stderr=True)

    def show(step: str, done: int, total: int) -> None:
        progress.print(f"{step} {done}/{total}", markup=False, highlight=False)

    return check_by_pieces(texture, job / "job.desc" if job.is_dir() else job, folders, on_progress=show)


def _as_data(check: TextureCheck) -> dict[str, object]:
    return {
        "texture": check.path,
        "answer": check.answer.value,
        "sentences": list(check.sentences),
        "sha256": check.sha256,
        "pixels_sha256": check.pixels_sha256,
        "proof": encode(check.proof),
    }
