"""Refuses a job folder that a link leads out of. Looks, and changes nothing.

A share that many accounts may write to can hold `pieces -> /home/ann`: whoever writes into the job folder would then
write there. This look comes before the writing and cannot bind the folder; what deletes uses `held_folder`, which can.
"""

from __future__ import annotations

import os
from pathlib import Path

from flatiron_tasks.contracts.errors import OwnershipError
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.held_folder import is_folder


def refuse_links(folder: JobFolder) -> None:
    """Refuse a job folder that is, or has in the place of one of its subfolders, a link or anything but a folder.

    What is missing is no reason to refuse. On Windows every reparse point counts as a link, junctions included.
    Raises OwnershipError, or ShareError if the share does not tell.
    """
    for path in (folder.path, *(folder.path / name for name in SUBFOLDERS)):
        status = _status(path)
        if status is not None and not is_folder(status):
            raise OwnershipError(
                f"{path} is a link, or not a folder.",
                why="Whatever is written below it would end up outside the job folder.",
                advice="Find out who put it there, remove it, and submit the job again.",
            )


def _status(path: Path) -> os.stat_result | None:
    """What stands under the name, without following it; None if nothing does."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise share_error(f"{path} cannot be looked at.", error) from error
