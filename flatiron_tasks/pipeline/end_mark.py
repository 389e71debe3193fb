"""What the mark in a job folder says of a job that has no record: where it begins. Only reads."""

from __future__ import annotations

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.bounded_read import read_bounded

_UNDER_WAY = {"done": JobState.DONE, "cancelled": JobState.CANCELLING}


def begins_at(folder: JobFolder, job_id: str) -> JobState | None:
    """The state in which a job without a record is taken up; None if all that it asked for is done.

    Without a mark it is `submitted`: the files say how far it has come. A mark that cannot be understood (an older
    version wrote it, or the folder was copied) still says that the job has ended. Raises ShareError.
    """
    try:
        ended = Ended.from_json(read_bounded(folder.ended), source=str(folder.ended))
    except FileNotFoundError:
        return JobState.SUBMITTED
    except OSError as error:
        raise share_error(f"{folder.ended} cannot be read.", error) from error
    except ContractError:
        return None
    return None if ended.cleaned or ended.job_id != job_id else _UNDER_WAY.get(ended.state)
