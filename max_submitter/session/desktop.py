"""Show folders and pages with the programs of this desktop. Returns at once; a program that is missing is an error."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.bake_settings import ArtistConfiguration


def open_folder(folder: Path) -> None:
    """Show a folder in the file manager. Raises BadInputError."""
    try:
        if sys.platform == "win32":
            os.startfile(folder)  # noqa: S606 - it is a folder, and the artist asked for it
        else:
            program = "open" if sys.platform == "darwin" else "xdg-open"
            subprocess.Popen(
                [program, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
    except OSError as error:
        raise BadInputError(f"{folder} cannot be shown.", why=str(error), advice="Open it by hand.") from error


def page_of(job_id: str, configuration: ArtistConfiguration) -> str:
    """The address that shows a job: its page, or else Flower's list of tasks. Raises BadInputError without either."""
    if configuration.web_url:
        return f"{configuration.web_url.rstrip('/')}/jobs/{job_id}"
    if configuration.flower_url:
        return f"{configuration.flower_url.rstrip('/')}/tasks?search={job_id}"
    raise BadInputError("No address of Flower is set.", advice="Ask the administrator for `flower_url`.")


def open_page(address: str) -> None:
    """Show a page in the browser. Raises BadInputError for what is no web address, or without a browser."""
    if not address.startswith(("http://", "https://")):
        raise BadInputError(f"{address!r} is not the address of a web page.", advice="Write it as https://host/.")
    if not webbrowser.open(address):
        raise BadInputError(f"No browser shows {address}.", advice="Open it by hand.")
