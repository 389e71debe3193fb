"""The network folders as every worker sees them."""

from __future__ import annotations

from collections.abc import Sequence

from workers.doctor.answer_book import FolderReport, WorkerReport
from workers.doctor.checks.queues import named
from workers.doctor.finding import Finding, not_looked_at, ok, warning, worst, wrong
from workers.doctor.looks.workers import WorkerFacts

SHARE_CLOCK_WARNING_S = 30.0
_MIB = 1 << 20


def folders(facts: WorkerFacts, *, least_free_mb: int) -> list[Finding]:
    """One finding for each folder that any worker has, and one for workers that have none."""
    reports = facts.answers.reports
    if not reports:
        return [not_looked_at("network folders", "No worker has reported.")]
    without = sorted(name for name, report in reports.items() if not report.folders)
    paths = sorted({folder.path for report in reports.values() for folder in report.folders})
    found = [_folder(path, list(reports.values()), least_free_mb) for path in paths]
    if without:
        text = f"{named(without)} {'has' if len(without) == 1 else 'have'} no network folder."
        found.insert(0, wrong("network folders", text, "Set `network_folders` in the settings of that machine."))
    return found


def _folder(path: str, reports: Sequence[WorkerReport], least_free_mb: int) -> Finding:
    check = f"folder {path}"
    seen = [(report.worker, folder) for report in reports for folder in report.folders if folder.path == path]
    troubles = [item for worker, folder in seen for item in _troubles(check, worker, folder, least_free_mb)]
    free = min(folder.free_bytes for _, folder in seen)
    slowest = max(folder.rename_ms for _, folder in seen)
    number = f"{len(seen)} worker{'' if len(seen) == 1 else 's'}"
    fine = ok(check, f"{number} can write, rename, read and delete ({slowest} ms); {_size(free)} free.")
    return worst(check, troubles, fine)


def _troubles(check: str, worker: str, folder: FolderReport, least_free_mb: int) -> list[Finding]:
    """What is wrong with a folder for one worker."""
    if folder.trouble:
        advice = "Mount it there, and give the worker's account the right to write; then look again."
        return [wrong(check, f"{worker} cannot use it: {folder.trouble}", advice)]
    if folder.is_full or folder.free_bytes < least_free_mb * _MIB:
        text = f"It is full for {worker}: {_size(folder.free_bytes)} free."
        return [wrong(check, text, "Make room, or raise the account's quota on the share.")]
    if abs(folder.clock_off_s) > SHARE_CLOCK_WARNING_S:
        text = f"For {worker}, files get a time {abs(folder.clock_off_s):.0f} s off."
        return [warning(check, text, "Let the file server take the time from a server (NTP).")]
    return []


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
