"""What all pages of one server share, and how a template becomes an answer."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.settings import Settings
from workers.web import words
from workers.web.csrf import FormTokens
from workers.web.gate import account_of
from workers.web.job_folder import JobShare
from workers.web.live import Live
from workers.web.pulse import Pulse
from workers.web.share_calls import ShareCalls

_MOST_MESSAGES = 200
_JOB_ID = re.compile(JOB_ID_PATTERN)


@dataclass(frozen=True)
class Outcome:
    """What came of a button, for the page that is shown next."""

    is_good: bool
    text: str
    advice: str = ""


class Outcomes:
    """The last outcomes. An address carries only a token: nobody can make the page say something by a link."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Outcome] = OrderedDict()

    def keep(self, outcome: Outcome) -> str:
        """Keep an outcome; returns its token."""
        token = token_urlsafe(9)
        self._kept[token] = outcome
        while len(self._kept) > _MOST_MESSAGES:
            self._kept.popitem(last=False)
        return token

    def of(self, token: str) -> Outcome | None:
        """The outcome with this token, as long as it is kept."""
        return self._kept.get(token)


@dataclass(frozen=True)
class Site:
    """Everything that pages and actions need. `root` is what stands before every path: "" or "/prefix"."""

    desk: Desk
    settings: Settings
    root: str
    live: Live
    pulse: Pulse
    share: JobShare
    tokens: FormTokens
    templates: jinja2.Environment
    metrics: Callable[[], tuple[bytes, str]] | None = None
    queue_lengths: Callable[[], Mapping[str, int]] = dict
    outcomes: Outcomes = field(default_factory=Outcomes)
    share_calls: ShareCalls = field(default_factory=ShareCalls)


def site_of(request: Request) -> Site:
    """The site that a request belongs to."""
    site: Site = request.app.state.site
    return site


def job_id_of(request: Request) -> str:
    """The job that an address names. Raises HTTPException for a text that is no id."""
    job_id: str = request.path_params["job_id"]
    if not _JOB_ID.fullmatch(job_id):
        raise HTTPException(404, "This is not the id of a job.")
    return job_id


def make_templates(root: str) -> jinja2.Environment:
    """The templates: everything is escaped, and a name that is missing is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("workers.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(root=root, look=words.look, counted=words.counted)
    environment.filters.update(ago=words.ago, span=words.span, moment=words.moment_text, size=words.size)
    return environment


def render(request: Request, template: str, status: int = 200, **content: object) -> Response:
    """A page for whoever asks, with the token for its forms."""
    site = site_of(request)
    seed = site.tokens.seed(request)
    page = site.templates.get_template(template).render(
        account=account_of(request.scope),
        token=site.tokens.token(seed),
        outcome=site.outcomes.of(request.query_params.get("said", "")),
        **content,
    )
    response = HTMLResponse(page, status)
    site.tokens.keep(request, response, seed)
    return response


def go_to(request: Request, path: str, outcome: Outcome) -> Response:
    """Send the browser to a page that says what came of it. A reload of that page does nothing twice."""
    site = site_of(request)
    return RedirectResponse(f"{site.root}{path}?said={site.outcomes.keep(outcome)}", 303)
