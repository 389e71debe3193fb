"""A worker's report that lies if a file says so: what a machine with another clock or version would report."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from flatiron_tasks.pipeline.store import connect
from workers.doctor import answer_book
from workers.doctor.worker_report import Order, make_report, own_versions

CLOCK_AHEAD_S = 600.0
CLOCK, VERSION, FORMATS, NO_FOLDERS, NONE = "clock", "version", "formats", "no folders", "none"


def main(lie: str) -> int:
    order = Order.model_validate_json(sys.stdin.buffer.read())
    with connect(order.redis_url) as client:
        clock = (lambda: time.time() + CLOCK_AHEAD_S) if lie == CLOCK else time.time
        versions = (lambda: {**own_versions(), "celery": "5.4.0"}) if lie == VERSION else own_versions
        if lie == NO_FOLDERS:
            order = order.model_copy(update={"folders": ()})
        report = make_report(order, client, clock=clock, versions=versions)
        if lie == FORMATS:
            report = report.model_copy(update={"formats": {**report.formats, "exr": "exr cannot be read: no plug-in."}})
        answer_book.write(client, order.nonce, answer_book.WORKER + order.worker, report)
    return 0


if __name__ == "__main__":
    file = Path(sys.argv[1])
    sys.exit(main(file.read_text(encoding="utf-8") if file.exists() else NONE))
