"""Take a submission back, wherever it stopped: earlier files return, its temporaries and its job folder go.

May run twice or be killed: the job folder, which holds the only copy of what placeholders replaced, goes last, and not
before everything is given back. What somebody changed since is left alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.job import JobDescription, Placeholder
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import replace_file, sha256_of, share_error, temporary_beside
from max_submitter.job_folder import remove_unfinished


def take_back(
    network_folder: Path, draft: JobDescription, output_folder: Path, *, remove_placeholders: bool
) -> tuple[str, ...]:
    """Take back the job of `draft`, which this machine began; returns files in its folder that are not its own.

    `remove_placeholders` tells what becomes of placeholders that replaced nothing: the scene may show them. All paths
    are local. Raises ShareError and OwnershipError; then a later call does what is left.
    """
    folder = JobFolder.of(network_folder, draft.job_id)
    errors = []
    for placeholder in draft.placeholders:
        try:
            _give_back(folder, placeholder, output_folder / placeholder.file_name, draft.job_id, remove_placeholders)
        except (OSError, ShareError) as error:
            errors.append(error if isinstance(error, ShareError) else _resisted(output_folder, error))
    if errors:
        raise errors[0]
    try:
        return remove_unfinished(folder, draft) if folder.path.exists() else ()
    except OSError as error:
        raise share_error(f"The job folder {folder.path} cannot be removed.", error) from error


def _give_back(folder: JobFolder, placeholder: Placeholder, final: Path, job_id: str, remove: bool) -> None:
    temporary, previous = temporary_beside(final, job_id), folder.previous / placeholder.file_name
    if stands(final, placeholder):
        if previous.is_file():
            shutil.copyfile(previous, temporary)
            replace_file(temporary, final)
        elif remove and not folder.path.exists():
            raise ShareError(
                f"The placeholder {final} cannot be taken back: the job folder {folder.path} is not there.",
                advice="Connect the network folder, or delete the placeholder if the job folder is gone for good.",
            )
        elif remove:
            final.unlink()
    if temporary.exists():
        temporary.unlink(missing_ok=True)


def stands(final: Path, placeholder: Placeholder) -> bool:
    """Whether the final path still holds this placeholder."""
    try:
        return not final.is_symlink() and final.is_file() and sha256_of(final) == placeholder.sha256
    except ShareError:
        if final.exists():
            raise
        return False


def _resisted(output_folder: Path, error: OSError) -> ShareError:
    return share_error(f"What placeholders in {output_folder} replaced cannot be given back.", error)
