"""What Redis knows as metric families of `prometheus_client`: what workers have measured, and how things stand now."""

from __future__ import annotations

from collections import Counter as Verdicts
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from flatiron_tasks.pipeline.measured import CATALOGUE, JOB_ENDS
from flatiron_tasks.pipeline.measures import SUM, TOTAL, Counter, Histogram, Series
from flatiron_tasks.pipeline.share_probe.health import NodeVerdict
from flatiron_tasks.pipeline.states import NOTICED
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.tasks.queues import QUEUES, account_book, served_queues
from workers.metrics.queue_ages import QueueAges

_TAKEN = ("unacked", account_book("worker", "unacked"), account_book("front-desk", "unacked"))
"""Where workers note what they have taken: without accounts, and with them (`flatiron redis-users`)."""

Numbers = Mapping[Series, float]
S = TypeVar("S", bound=str)
_ALWAYS_THERE = tuple(Series(JOB_ENDS.name, (state.value,), TOTAL) for state in NOTICED)
"""Prometheus sees an increase only of a number that it has seen before: the first failure must not be missed."""


class FlatironCollector(Collector):
    """Reads everything anew at each `collect`. Raises the errors of redis-py."""

    def __init__(self, store: JobStore, ages: QueueAges, artists: Sequence[str] = ()) -> None:
        """`artists` have queues of their own, see the settings; together they are shown as the front desk's."""
        self._store = store
        self._ages = ages
        self._lists = {name: served_queues([name], artists) for name in QUEUES}

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read Redis."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All families. Redis is read before the first one is given, so that a scrape is whole or fails."""
        return [*self._standing(), *self._queues(), *self._managers(), *measured(self._store.measured())]

    def _standing(self) -> Iterator[Metric]:
        store = self._store
        yield _gauge("flatiron_build_info", "Version of the program that shows this.", "version", {_version(): 1})
        yield _gauge("flatiron_jobs", "Jobs by state.", "state", store.index.counts())
        yield _gauge("flatiron_passes", "Passes of jobs that are under way, by state.", "state", store.gauges.passes())
        refusals = CounterMetricFamily(
            "flatiron_front_desk_refusals_total",
            "Messages that the front desk has refused, by reason.",
            labels=["reason"],
        )
        for reason, number in store.artists.refusals().items():
            refusals.add_metric([reason], number)
        yield refusals
        owed = GaugeMetricFamily("flatiron_notifications_owed", "Ends of jobs that somebody is still to be told of.")
        owed.add_metric([], store.notices.count())
        yield owed

    def _queues(self) -> Iterator[Metric]:
        gauges = self._store.gauges
        views = gauges.queues([name for names in self._lists.values() for name in names])
        ages = self._ages.look(views, gauges.now())
        lengths = {view.name: view.length for view in views}
        waiting = {queue: sum(lengths[name] for name in names) for queue, names in self._lists.items()}
        oldest = {queue: max(ages[name] for name in names) for queue, names in self._lists.items()}
        yield _gauge("flatiron_queue_messages", "Messages that wait in a queue.", "queue", waiting)
        yield _gauge(
            "flatiron_queue_oldest_message_age_seconds",
            "For how long the oldest message of a queue has been waiting; 0 for an empty queue.",
            "queue",
            oldest,
        )
        taken = GaugeMetricFamily(
            "flatiron_unacknowledged_messages", "Messages that workers have taken and not finished."
        )
        number = gauges.unacknowledged(_TAKEN)
        if number is not None:
            taken.add_metric([], number)
        yield taken

    def _managers(self) -> Iterator[Metric]:
        """Only managers that jobs need: the others are not asked, so nothing is known of them."""
        store = self._store
        health = {name: store.sweeps.health(name) for name in store.managers() if store.jobs_at(name)}
        up = {name: 0 if item.failing_since else 1 for name, item in health.items()}
        answered = {name: item.answered_at for name, item in health.items()}
        yield _gauge("flatiron_manager_up", "Whether a farm manager that jobs need answers.", "manager", up)
        yield _gauge(
            "flatiron_manager_last_answer_timestamp_seconds",
            "When a farm manager that jobs need has answered last, by the clock of Redis.",
            "manager",
            answered,
        )
        verdicts = Verdicts(item.verdict for name in health for item in store.probes.all_healths(name))
        seen = {verdict: verdicts[verdict] for verdict in NodeVerdict}
        yield _gauge("flatiron_share_nodes", "Servers by what the share probe says of them.", "verdict", seen)


def measured(numbers: Numbers) -> Iterator[Metric]:
    """What workers have counted and timed. A number that the catalogue does not know is left out."""
    by_name: dict[str, dict[Series, float]] = defaultdict(dict)
    for series, number in {**dict.fromkeys(_ALWAYS_THERE, 0.0), **numbers}.items():
        by_name[series.name][series] = number
    for what in CATALOGUE:
        found = {key: value for key, value in by_name[what.name].items() if len(key.labels) == len(what.labels)}
        yield _histogram(what, found) if isinstance(what, Histogram) else _counter(what, found)


def _counter(what: Counter, numbers: Numbers) -> Metric:
    family = CounterMetricFamily(what.name, what.text, labels=what.labels)
    for series, number in sorted(numbers.items()):
        if series.part == TOTAL:
            family.add_metric(series.labels, number)
    return family


def _histogram(what: Histogram, numbers: Numbers) -> Metric:
    """Redis holds each observation in one bucket; Prometheus wants every bucket to hold the smaller ones too."""
    family = HistogramMetricFamily(what.name, what.text, labels=what.labels)
    for labels in sorted({series.labels for series in numbers}):
        parts = {series.part: number for series, number in numbers.items() if series.labels == labels}
        total, buckets = 0.0, []
        for bound in (*(str(float(item)) for item in what.bounds), "+Inf"):
            total += parts.get(bound, 0.0)
            buckets.append((bound, total))
        family.add_metric(labels, buckets, parts.get(SUM, 0.0))
    return family


def _gauge(name: str, text: str, label: str, values: Mapping[S, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family


def _version() -> str:
    return version("flatiron-network")
