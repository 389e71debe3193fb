"""The JSON Schemas of all documents, for programs that are not ours; the stored copies are generated from the classes.

`python -m flatiron_tasks.contracts.schemas` writes them again. A schema says what one key may hold; what several keys
decide together (`Document.check`), keys that stand twice and half characters are refused by our reader alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.discarded import Discarded
from flatiron_tasks.contracts.document import Document, json_schema
from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.contracts.node_task import NodeTask
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.contracts.proof import Proof
from flatiron_tasks.contracts.receipt import AttemptResult, Receipt
from flatiron_tasks.contracts.share_probe import ShareAnswer, ShareChallenge

FOLDER: Final = Path(__file__).parent

DOCUMENTS: Final[dict[str, type[Document]]] = {
    "job-description.json": JobDescription,
    "node-task.json": NodeTask,
    "receipt.json": Receipt,
    "attempt-result.json": AttemptResult,
    "merged-pass.json": MergedPass,
    "finished-texture.json": FinishedTexture,
    "proof.json": Proof,
    "discarded.json": Discarded,
    "ended.json": Ended,
    "event.json": Event,
    "job-view.json": JobView,
    "notice.json": Notice,
    "share-challenge.json": ShareChallenge,
    "share-answer.json": ShareAnswer,
}
"""File name of a stored schema -> the document that it describes."""


def schema_text(document: type[Document]) -> str:
    """The schema of a document exactly as it is stored."""
    return json.dumps(json_schema(document), indent=2, ensure_ascii=False) + "\n"
