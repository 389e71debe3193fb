"""A worker for one queue whose report is made by `acting_report`; all else is the real thing."""

from __future__ import annotations

import sys
from pathlib import Path

from flatiron_tasks.settings import load_settings
from flatiron_tasks.tasks.app import make_app
from workers.cli.worker import worker_arguments
from workers.doctor.worker_side import register


def main(config: str, queue: str, hostname: str, lie_file: str) -> None:
    settings = load_settings(Path(config), use_environment=False)
    app = make_app(settings, [queue])
    register(app, settings, program=(sys.executable, "-m", "tests.integration.doctor.acting_report", lie_file))
    app.start(worker_arguments([queue], 1, hostname, "INFO"))


if __name__ == "__main__":
    main(*sys.argv[1:])
