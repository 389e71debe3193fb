"""What people may ask of a job, each by a form. Every one is an idempotent operation of the desk: twice is harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.errors import BadInputError, FlatironError
from workers.web.gate import account_of
from workers.web.site import Outcome, go_to, job_id_of, render, site_of

_MOST_LABELS = 10

log = logging.getLogger(__name__)
Form = Mapping[str, str]


@dataclass(frozen=True)
class Action:
    """A thing to ask for. With a `warning` a person is asked once more first."""

    name: str
    title: str
    do: Callable[[Desk, str, Form], str]
    warning: str = ""


def _requeue(desk: Desk, job_id: str, form: Form) -> str:
    return desk.requeue(job_id, _passes(form))


def _rerender(desk: Desk, job_id: str, form: Form) -> str:
    return desk.requeue(job_id, _passes(form), rerender=True)


def _priority(desk: Desk, job_id: str, form: Form) -> str:
    return desk.set_priority(job_id, _number(form.get("priority", ""), "priority"))


ACTIONS = {
    action.name: action
    for action in (
        Action("requeue", "Queue again", _requeue),
        Action(
            "rerender",
            "Render again",
            _rerender,
            "All pieces and layers of the pass are thrown away, the good ones too, and the farm renders it again.",
        ),
        Action(
            "cancel",
            "Cancel the job",
            lambda desk, job_id, _: desk.cancel(job_id),
            "What is rendered so far is thrown away, and the placeholders give way to what was there before. "
            "A cancelled job cannot go on.",
        ),
        Action("suspend", "Suspend", lambda desk, job_id, _: desk.suspend(job_id)),
        Action("go-on", "Go on", lambda desk, job_id, _: desk.go_on(job_id)),
        Action("priority", "Set priority", _priority),
    )
}


async def act(request: Request) -> Response:
    """Do what a form asks for, and say what came of it on the page of the job."""
    action, job_id, form = _action_of(request), job_id_of(request), await _form(request)
    account = account_of(request.scope)
    if not account.may_act:
        raise HTTPException(403, f"{account.name} may look, and nothing else.")
    site_of(request).tokens.check(request, form)
    if action.warning and form.get("sure") != "yes":
        return await run_in_threadpool(_ask, request, action, job_id, form)
    outcome = await run_in_threadpool(_do, site_of(request).desk, action, job_id, form)
    log.info("%s asked to %s job %s: %s", account.name, action.name, job_id, outcome.text)
    return go_to(request, f"/jobs/{job_id}", outcome)


def _ask(request: Request, action: Action, job_id: str, form: Form) -> Response:
    """The page that asks once more."""
    job, passes = site_of(request).desk.job(job_id), _passes(form)
    meant = passes or tuple(item.index for item in job.passes if item.state == "failed")
    labels = [f"pass {index} “{job.passes[index].label}”" for index in meant[:_MOST_LABELS] if index < len(job.passes)]
    return render(
        request, "confirm.html", action=action, job=job, passes=passes, labels=labels, more=len(meant[_MOST_LABELS:])
    )


def _do(desk: Desk, action: Action, job_id: str, form: Form) -> Outcome:
    try:
        return Outcome(is_good=True, text=action.do(desk, job_id, form))
    except FlatironError as error:
        return Outcome(is_good=False, text=error.reason, advice=error.advice)


def _action_of(request: Request) -> Action:
    action = ACTIONS.get(request.path_params["action"])
    if action is None:
        raise HTTPException(404, "Nobody can ask for that.")
    return action


async def _form(request: Request) -> dict[str, str]:
    try:
        return dict(parse_qsl((await request.body()).decode("utf-8"), max_num_fields=20))
    except ValueError as error:
        raise HTTPException(400, "This form cannot be read.") from error


def _passes(form: Form) -> tuple[int, ...]:
    return (_number(form["pass"], "pass"),) if form.get("pass") else ()


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInputError(f"{text!r} is not a number.", advice=f"Give the {what} as a whole number from 0.")
    return int(text)
