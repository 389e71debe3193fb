"""Write the stored schemas again: `python -m flatiron_tasks.contracts.schemas`."""

from __future__ import annotations

from flatiron_tasks.contracts.schemas import DOCUMENTS, FOLDER, schema_text


def main() -> None:
    """Replace every stored schema by what the classes say now."""
    for file_name, document in DOCUMENTS.items():
        (FOLDER / file_name).write_bytes(schema_text(document).encode())


if __name__ == "__main__":
    main()
