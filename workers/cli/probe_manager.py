"""`flatiron probe-manager`: ask a farm manager harmless questions, keep the bytes, say what they prove."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.contracts.errors import FarmUnreachableError
from flatiron_tasks.share.atomic import write_atomically
from workers.cli import bake_options

if TYPE_CHECKING:
    from flatiron_tasks.backburner.probe import Exchange
    from flatiron_tasks.backburner.probe_findings import Finding

_STYLES = {"confirmed": "green", "refuted": "red bold", "not seen": "dim"}


def probe_manager(
    manager: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="Farm manager.")],
    mask: Annotated[bool, typer.Option("--mask", help="Hide names and addresses in the file.")] = False,
    out: Annotated[Path, typer.Option(help="Where the conversation is written to.")] = Path("manager-probe.json"),
    timeout_s: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each answer.")] = 20.0,
) -> None:
    """Record a conversation with a farm manager and check our assumptions against it. Changes nothing there."""
    from flatiron_tasks.backburner.probe import probe  # noqa: PLC0415 - `flatiron --help` needs no XML parser
    from flatiron_tasks.backburner.probe_findings import findings  # noqa: PLC0415
    from flatiron_tasks.backburner.probe_mask import masked  # noqa: PLC0415
    from flatiron_tasks.backburner.session import Address  # noqa: PLC0415

    host, port = bake_options.manager(manager, assumptions.MANAGER_PORT)
    exchanges = probe(Address(host, port, connect_timeout_s=timeout_s, read_timeout_s=timeout_s))
    if all(exchange.error is not None for exchange in exchanges) and not any(one.received for one in exchanges):
        raise exchanges[0].error or FarmUnreachableError(f"The farm manager at {host}:{port} said nothing")
    found = findings(exchanges)
    kept = masked(exchanges, secrets.token_bytes(16)) if mask else exchanges
    write_atomically(out, json.dumps(_document("HOST" if mask else f"{host}:{port}", kept, found), indent=1) + "\n")
    _show(found, out, Console())


def _show(found: Sequence[Finding], out: Path, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("", "assumption", "verdict", "evidence"):
        table.add_column(title, overflow="fold")
    for finding in found:
        verdict = finding.verdict.value
        table.add_row(finding.number, finding.assumption, f"[{_STYLES[verdict]}]{verdict}[/]", _plain(finding.evidence))
    console.print(table)
    numbers = Counter(finding.verdict.value for finding in found)
    console.print(", ".join(f"{number} {verdict}" for verdict, number in numbers.items()) + ".", highlight=False)
    console.print(f"The conversation is in {out}.", markup=False, highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _document(manager: str, exchanges: Sequence[Exchange], found: Sequence[Finding]) -> dict[str, object]:
    """What is written: bytes as text with escapes, chunk by chunk. Evidence may hold names, so it stays out."""
    return {
        "manager": manager,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "findings": {finding.number: finding.verdict.value for finding in found},
        "exchanges": [_exchange(exchange) for exchange in exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, object]:
    return {
        "mode": exchange.mode.value,
        "request": exchange.request,
        "error": type(exchange.error).__name__ if exchange.error else "",
        "chunks": [
            {"at_s": round(chunk.at_s, 4), "from": "us" if chunk.sent else "manager", "bytes": _text(chunk.data)}
            for chunk in exchange.chunks
        ],
    }


def _text(data: bytes) -> str:
    """One character per byte (latin-1), as JSON's own escapes show what is not ASCII: nothing is lost."""
    return data.decode("latin-1")
