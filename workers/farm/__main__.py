"""`python -m workers.farm manager …` and `python -m workers.farm server …`: the same as `flatiron farm …`."""

from __future__ import annotations

import sys

from flatiron_tasks.contracts.errors import FlatironError
from workers.cli.farm import app


def main() -> None:
    """Run the command; an error is one line on standard error and exit code 1."""
    try:
        app()
    except FlatironError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
