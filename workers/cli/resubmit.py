"""`flatiron resubmit`: tell the workers about a job that is complete on the share."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.session import session_of


def resubmit(context: typer.Context, job: Annotated[str, typer.Argument(help="Id of the job.")]) -> None:
    """Announce a job again whose message was lost. Twice does no harm."""
    from max_submitter.submission import resend  # noqa: PLC0415
    from max_submitter.transport import CeleryTransport  # noqa: PLC0415

    resend(job, send=CeleryTransport(session_of(context).settings.redis_url).send)
    typer.echo(f"Announced {job}. Follow it with: flatiron status {job} --watch")
