"""What lies on a share after a job, the proofs of its textures aside."""

from __future__ import annotations

import re
from pathlib import Path

from flatiron_tasks.contracts.layout import PROOFS

_PROOF = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{16}\.json")


def beside_proofs(network_folder: Path) -> list[str]:
    """Every file and empty folder below a network folder that is no proof; temporaries of proofs count."""
    found = [path for path in network_folder.rglob("*") if not path.is_dir() or not any(path.iterdir())]
    proofs = network_folder / PROOFS
    return sorted(str(path) for path in found if path not in set(_proofs(proofs)))


def _proofs(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.json") if _PROOF.fullmatch(path.relative_to(folder).as_posix())]
