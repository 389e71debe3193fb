"""Look after the open share probes of one farm manager: read what is answered, judge, and tidy up. Part of a sweep.

Killed anywhere, the next sweep does the rest: a verdict is kept before its farm job goes, and a probe is forgotten when
nothing is left of it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.share_probe import ShareAnswer
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView, ServerState
from flatiron_tasks.pipeline.next_steps import DISPATCH
from flatiron_tasks.pipeline.share_probe.asking import limits
from flatiron_tasks.pipeline.share_probe.health import TASKS, UNDECIDED, NodeHealth, NodeVerdict, Probe
from flatiron_tasks.pipeline.share_probe.verdicts import Evidence, judge
from flatiron_tasks.pipeline.survey import Survey
from flatiron_tasks.share import probe_folder

log = logging.getLogger(__name__)
LONGEST_S = 86_400.0
"""How long a server that is busy, or silent, may still answer."""

STALE_EVERY_S = 3600.0


def look_after_probes(context: Context, manager: str, survey: Survey) -> bool:
    """Look at every open probe once. Returns whether there is any; one that cannot be looked at holds up no other."""
    probes = context.store.probes.probes(manager)
    news = False
    for probe in probes:
        try:
            news |= _Look(context, survey, probe).run()
        except context.interruptions:
            raise
        except (FlatironError, OSError) as error:
            log.warning("share probe %s at %s: %s", probe.nonce, manager, error)
        except Exception:
            log.exception("share probe %s at %s", probe.nonce, manager)
    if news:
        _tell_waiting_jobs(context, manager)
    return bool(probes)


def _tell_waiting_jobs(context: Context, manager: str) -> None:
    """Let the jobs that wait be dispatched in this sweep; those that have ended meanwhile wait no longer."""
    book, alive = context.store.probes, set(context.store.jobs_at(manager))
    waiting = book.waiting(manager)
    book.send_again(alive.intersection(waiting), DISPATCH)
    for job_id in set(waiting) - alive:
        book.wait_no_longer(manager, job_id)


def remove_stale(context: Context) -> None:
    """Remove folders of probes that were forgotten, once in a while. One that resists stays, and is logged."""
    if not context.store.claims.is_time_for("stale-probes", STALE_EVERY_S):
        return
    book = context.store.probes
    open_nonces = {probe.nonce for manager in context.store.managers() for probe in book.probes(manager)}
    for root in context.settings.network_folders:
        try:
            old = list(
                probe_folder.stale(
                    root, now=context.clock.now(), age=timedelta(seconds=2 * LONGEST_S), open_nonces=open_nonces
                )
            )
            for nonce in old:
                _remove(root, nonce)
        except FlatironError as error:
            log.warning("old share probes in %s: %s", root, error)


class _Look:
    """One look at one probe."""

    def __init__(self, context: Context, survey: Survey, probe: Probe) -> None:
        self._context = context
        self._book = context.store.probes
        self._survey = survey
        self._probe = probe
        self._now = context.clock.now().timestamp()
        self._known = self._book.healths(probe.manager, probe.network_folder)

    def run(self) -> bool:
        """Whether anything is known now that was not before."""
        probe, roots = self._probe, self._context.settings.network_folders
        folder = probe_folder.find(roots, probe.nonce)
        answers = probe_folder.answers(folder, probe.nonce) if folder else {}
        is_expired = self._now - probe.asked_at > LONGEST_S
        news, left = False, 0
        for number in range(len(probe.servers)):
            if number not in probe.over:
                news |= self._is_asked(number) and self._look_at_safely(number, answers.get(number))
                left += not self._is_over(number, is_expired=is_expired)
        if not left:
            if folder is not None:
                _remove(folder.parent.parent, probe.nonce)
            self._book.close(probe)
        return news

    def _is_asked(self, number: int) -> bool:
        """Whether the farm was asked about it; a worker that died before is followed by the next dispatch."""
        return number in self._probe.asked or self._survey.view(self._probe.farm_job(number)) is not None

    def _look_at_safely(self, number: int, answer: ShareAnswer | None) -> bool:
        """One server that nobody can make sense of counts as silent, and holds up no other."""
        try:
            return self._look_at(number, answer)
        except self._context.interruptions:
            raise
        except (FlatironError, OSError):
            raise
        except Exception:
            log.exception("share probe %s, server %s", self._probe.nonce, self._probe.servers[number])
            return self._keep(number, self._unclear(number))

    def _look_at(self, number: int, answer: ShareAnswer | None) -> bool:
        server = self._probe.servers[number]
        if self._is_final(self._known.get(server)):
            return False  # a sweep died behind it, and what it was found out by may be gone
        seen = replace(self._evidence(number, answer), asked_at=self._probe.asked.get(number, self._now))
        health = judge(self._probe, server, seen, limits(self._context))
        return health is not None and self._keep(number, health)

    def _keep(self, number: int, health: NodeHealth) -> bool:
        """Note what is known of a server. Whether that is news."""
        server = self._probe.servers[number]
        before = self._known.get(server)
        self._known[server] = health
        self._book.keep(health)
        return before is None or before.verdict is not health.verdict or before.nonce != health.nonce

    def _unclear(self, number: int) -> NodeHealth:
        probe, server = self._probe, self._probe.servers[number]
        sentence = f"What {server} answers to the share probe makes no sense; the log of the worker says why."
        silent = NodeVerdict.SILENT
        return NodeHealth(probe.manager, probe.network_folder, server, silent, sentence, self._now, nonce=probe.nonce)

    def _evidence(self, number: int, answer: ShareAnswer | None) -> Evidence:
        view = self._survey.view(self._probe.farm_job(number))
        if answer is not None or view is None:
            return Evidence(self._now, answer)
        if view.state is FarmJobState.COMPLETE:
            return Evidence(self._now, tasks_done=len(TASKS))
        server = self._probe.servers[number]
        is_busy = any(item.name == server and item.state is ServerState.BUSY for item in self._survey.servers)
        if is_busy and view.state is not FarmJobState.ACTIVE:  # with a hundred busy servers a question each is too much
            return Evidence(self._now, is_busy=True)
        return self._of_unfinished(view)

    def _of_unfinished(self, view: FarmJobView) -> Evidence:
        progress = self._survey.farm.progress(view.handle)
        if progress is None:
            return Evidence(self._now)
        failed = any(server.failed for server in progress.servers)
        messages = self._survey.farm.messages(view.handle) if failed else ()
        return Evidence(self._now, tasks_done=progress.tasks_done, failed=failed, messages=messages)

    def _is_over(self, number: int, *, is_expired: bool) -> bool:
        """Whether this server has nothing more to say; then its farm job goes."""
        health = self._known.get(self._probe.servers[number])
        if not is_expired and not self._is_final(health):
            return False
        view = self._survey.view(self._probe.farm_job(number))
        if view is not None:
            self._survey.farm.delete(view.handle)
        self._book.note(self._probe, number, "over", self._now)
        return True

    def _is_final(self, health: NodeHealth | None) -> bool:
        return health is not None and health.nonce == self._probe.nonce and health.verdict not in UNDECIDED


def _remove(network_folder: Path, nonce: str) -> None:
    leftovers = probe_folder.remove(network_folder, nonce)
    if leftovers:
        log.warning("not a share probe's, and left alone: %s", ", ".join(leftovers))
