"""The letter that tells of a job's end: plain text that a person reads at 2 a.m. on a telephone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate

from flatiron_tasks.contracts.notice import Notice

_WHAT = {
    "done": "is finished",
    "failed": "has failed",
    "cancelled": "is cancelled",
    "ready_to_collect": "is ready to be collected",
}


def letter(notice: Notice, *, sender: str, receivers: Sequence[str]) -> EmailMessage:
    """The whole message. Its id is that of the end, so that a mail program shows a repetition once."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(receivers)
    message["Subject"] = f"{_one_line(notice.job_name)} {_WHAT[notice.event]}"
    message["Date"] = formatdate()
    message["Message-ID"] = f"<flatiron.{notice.key.replace(':', '.')}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(notice))
    return message


def text(notice: Notice) -> str:
    """What it says."""
    by = f" by {notice.artist} on {notice.host}" if notice.artist else ""
    facts = (
        ("Job", notice.job_id),
        ("Submitted", f"{notice.created_at}{by}"),
        ("Ended", notice.ended_at),
        ("Passes", f"{notice.passes_merged} of {notice.passes_total} merged"),
        ("Textures", f"{notice.textures_done} of {notice.textures_total} finished"),
        ("Output folder", notice.output_folder),
        ("Job folder", notice.job_folder),
        ("Farm", notice.farm),
    )
    paragraphs = [
        f'The bake "{_one_line(notice.job_name)}" {_WHAT[notice.event]}.',
        notice.reason or notice.sentence,
        f"Next step: {notice.advice}" if notice.advice else "",
        "\n".join(f"{name + ':':<15}{value}" for name, value in facts if value),
        f"See it: {notice.link}" if notice.link else "",
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _one_line(name: str) -> str:
    """A name that people gave, without what could end a header."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", name).strip()
