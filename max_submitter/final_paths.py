"""The artist's folder: look who owns what stands at the final paths, and put placeholders there.

A placeholder or texture of any bake may be replaced: it carries our mark. Everything else is the artist's.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.errors import BadInputError, OwnershipError, ShareError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.share.atomic import remove_quietly, replace_file, share_error, temporary_beside
from max_submitter.undo import Undo

_MOST_NAMED: Final = 5


def refuse_foreign_files(folder: Path, file_names: Iterable[str], *, overwrite: bool) -> None:
    """Refuse to go on if a final path holds what no bake made. `overwrite` allows files, never a link or a folder.

    Raises OwnershipError naming them, ShareError if they cannot be looked at.
    """
    found = [reason for name in file_names if (reason := _foreign(folder / name, overwrite=overwrite))]
    if found:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise OwnershipError(
            f"The bake would replace what is not its own: {'; '.join(found[:_MOST_NAMED])}{more}.",
            advice="Move it away, choose another output folder or other file names"
            + ("." if overwrite else ", or allow overwriting."),
        )


def make_output_folder(folder: Path, undo: Undo) -> None:
    """Make the output folder and its parents where they are missing. Raises BadInputError."""
    try:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in missing[::-1]:
            undo.add(partial(_remove_folder, path))
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"The output folder {folder} cannot be made.", why=str(error), advice="Choose another output folder."
        ) from error


def keep_previous(folder: Path, file_names: Iterable[str], kept: Path) -> None:
    """Copy what stands at the final paths into the job folder: a cancelled job gives it back. Raises ShareError."""
    for name in file_names:
        temporary = temporary_beside(kept / name)
        try:
            shutil.copyfile(folder / name, temporary)
            replace_file(temporary, kept / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            remove_quietly(temporary)
            raise share_error(f"{folder / name} cannot be kept in the job folder.", error) from error


def place(folder: Path, pictures: Mapping[str, bytes], *, job_id: str) -> tuple[Path, ...]:
    """Put a placeholder at every final path: first all files under temporary names, then all renames.

    So a full disk is noticed before a single texture was replaced. What stood there must be kept by then
    (`keep_previous`); `taking_back` gives it back and finds the temporary names, which hold the job id. Raises
    ShareError.
    """
    staged = [(_stage(folder / name, data, job_id), folder / name) for name, data in pictures.items()]
    for temporary, final in staged:
        replace_file(temporary, final)
    return tuple(final for _, final in staged)


def _foreign(path: Path, *, overwrite: bool) -> str:
    """Why a path must not be replaced; empty if it may be."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return "" if overwrite or find_mark(path) is not None else f"{path} (no bake made this file)"
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise share_error(f"{path} cannot be looked at.", error) from error
    return f"{path} ({'a folder' if stat.S_ISDIR(mode) else 'a link' if stat.S_ISLNK(mode) else 'not a file'})"


def _stage(final: Path, data: bytes, job_id: str) -> Path:
    temporary = temporary_beside(final, job_id)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ShareError(
            f"The placeholder {final} cannot be written.",
            why=str(error),
            advice="Check that the output folder may be written to and has free space.",
        ) from error
    return temporary


def _remove_folder(path: Path) -> Iterable[str]:
    """Remove a folder that this submission made, if nobody has put anything into it since."""
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
    return []
