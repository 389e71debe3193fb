"""Read and extend the list of what was thrown away of a job; nodes and submitters read it too."""

from __future__ import annotations

from collections.abc import Iterable

from flatiron_tasks.contracts.discarded import Discarded
from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import write_atomically
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded


def read_discarded(folder: JobFolder, job_id: str) -> Discarded:
    """What was discarded so far; empty for most jobs. Raises ShareError, ContractError."""
    try:
        text = read_bounded(folder.discarded, LARGEST_DESCRIPTION)
    except FileNotFoundError:
        return Discarded(schema_version=1, job_id=job_id, attempts=(), results=())
    except OSError as error:
        raise ShareError(f"{folder.discarded} cannot be read.", why=str(error), advice="Check the share.") from error
    return Discarded.from_json(text, source=str(folder.discarded))


def discard(folder: JobFolder, job_id: str, *, attempts: Iterable[str], results: Iterable[str]) -> None:
    """Add to the list, before anything is deleted. Raises ShareError, ContractError."""
    known = read_discarded(folder, job_id)
    more = Discarded(
        schema_version=1,
        job_id=job_id,
        attempts=tuple(sorted({*known.attempts, *attempts})),
        results=tuple(sorted({*known.results, *results})),
    )
    write_atomically(folder.discarded, more.to_json())
