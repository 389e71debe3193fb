from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from max_submitter.panel.main_thread import MainThread
from max_submitter.panel.watchdog import Watchdog
from tests.panel.person import Person


def test_work_posted_by_any_thread_runs_on_the_main_thread_in_order(person: Person) -> None:
    main, ran = MainThread(), list[tuple[int, int]]()

    def post(number: int) -> None:
        main.post(lambda: ran.append((number, threading.get_ident())))

    def post_all() -> None:
        for number in range(500):
            post(number)

    worker = threading.Thread(target=post_all)
    worker.start()
    worker.join()
    assert ran == []
    person.wait(lambda: len(ran) == 500, "all work is done")
    assert ran == [(number, threading.get_ident()) for number in range(500)]


def test_work_posted_by_the_main_thread_does_not_overtake(person: Person) -> None:
    main, ran = MainThread(), list[str]()
    worker = threading.Thread(target=lambda: main.post(lambda: ran.append("worker")))
    worker.start()
    worker.join()
    main.post(lambda: ran.append("main"))
    assert ran == []
    person.wait(lambda: len(ran) == 2, "both are done")
    assert ran == ["worker", "main"]


def test_nothing_runs_after_close_even_if_it_was_posted_before(person: Person) -> None:
    main, ran = MainThread(), list[str]()
    main.post(lambda: ran.append("before"))
    main.close()
    with ThreadPoolExecutor(4) as threads:
        for _ in range(20):
            threads.submit(main.post, lambda: ran.append("after"))
    person.turn()
    assert ran == []


def test_the_watchdog_names_what_blocked_the_main_thread(person: Person) -> None:
    def hog(until: threading.Event) -> None:
        until.wait()

    def release() -> None:
        watchdog.wait_for_look()
        released.set()

    with Watchdog(look_after_s=0.01) as watchdog:
        person.turn()
        released = threading.Event()
        looked = threading.Thread(target=release)
        looked.start()
        hog(released)
        looked.join()
        person.turn()
        longest = watchdog.longest
    assert longest.seconds >= 0.01
    assert "hog" in longest.stack


def test_a_reset_watchdog_has_forgotten(person: Person) -> None:
    with Watchdog() as watchdog:
        watchdog.reset()
        assert watchdog.longest.seconds == 0.0
        person.turn()
