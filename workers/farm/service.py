"""Running a manager or a server as a program: until it is done, or until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_ResultT = TypeVar("_ResultT")


def run_until_told(serve: Callable[[asyncio.Event], Coroutine[Any, Any, _ResultT]]) -> _ResultT:
    """Run `serve`, which ends when its event is set, and return what it returns."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname).3s %(message)s")

    async def until_told() -> _ResultT:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        return await serve(stop)

    return asyncio.run(until_told())
