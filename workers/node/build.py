"""Pack the node program into one zipapp. Equal sources give equal bytes on every machine.

Stored, not compressed: what deflate makes depends on the zlib of the machine. Not part of the program itself.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import flatiron_tasks
import max_submitter
import workers

_MAIN = b"import sys\n\nfrom workers.node.program import main\n\nsys.exit(main())\n"
_PACKED = (
    "flatiron_tasks/__init__.py",
    "flatiron_tasks/contracts/*.py",
    "flatiron_tasks/share/*.py",
    "flatiron_tasks/pipeline/__init__.py",
    "flatiron_tasks/pipeline/plan.py",
    "max_submitter/__init__.py",
    "max_submitter/scene/__init__.py",
    "max_submitter/scene/runtime.py",
    "workers/__init__.py",
    "workers/node/*.py",
    "workers/node/max_bake/*.py",
)
_LEFT_OUT = ("workers/node/build.py", "workers/node/__main__.py")
_BEGINNING_OF_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE_FILE = 3, 0o100644


def build_node_program() -> bytes:
    """The bytes of `node.pyz`."""
    buffer = io.BytesIO()
    buffer.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name, data in [("__main__.py", _MAIN), *sorted(_sources())]:
            entry = zipfile.ZipInfo(name, _BEGINNING_OF_ZIP_TIME)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE_FILE << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _sources() -> Iterator[tuple[str, bytes]]:
    roots = {package.__name__: Path(package.__path__[0]).parent for package in (flatiron_tasks, max_submitter, workers)}
    for pattern in _PACKED:
        root = roots[pattern.partition("/")[0]]
        for path in root.glob(pattern):
            name = path.relative_to(root).as_posix()
            if name not in _LEFT_OUT:
                yield name, path.read_bytes().replace(b"\r\n", b"\n")  # a checkout on Windows may have either
