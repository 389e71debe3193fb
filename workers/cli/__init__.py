"""The `flatiron` command. One file per command; nothing here knows how a bake works.

`main` is the entry point; `python -m workers.cli` is the same.
"""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name."""
    from workers.cli.app import app  # noqa: PLC0415 - importing the package must not build every command

    app()
