"""The one place where an error that ends a command is shown: what happened, why, what to do next."""

from __future__ import annotations

import traceback
from typing import Any

import redis.exceptions
import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text
from typer.core import TyperGroup

from flatiron_tasks.contracts.errors import FlatironError
from workers.cli.exit_codes import REDIS_ERRORS, ExitCode, exit_code_of
from workers.cli.session import Session


class ReportingGroup(TyperGroup):
    """A group of commands that shows errors for people and turns them into exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. What it raises becomes a report and an exit code; usage errors stay typer's."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            Console(stderr=True).print("Interrupted.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except (FlatironError, *REDIS_ERRORS) as error:
            session = ctx.find_object(Session) or Session()
            report(for_people(session, error))
            _show_traceback(session)
            raise typer.Exit(exit_code_of(error)) from None
        except (typer.Exit, typer.Abort, typer.TyperException, SystemExit, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - the last line: everything else becomes a report too
            report(_internal(error))
            _show_traceback(ctx.find_object(Session) or Session())
            raise typer.Exit(ExitCode.INTERNAL) from None


def for_people(session: Session, error: Exception) -> FlatironError:
    """The error as one of ours. The password of the Redis URL is never shown."""
    if isinstance(error, FlatironError):
        return error
    url = session.settings.redis_url_shown
    if isinstance(error, redis.exceptions.AuthenticationError | redis.exceptions.AuthorizationError):
        advice = "Correct user and password in the setting `redis_url`."
    else:
        advice = "Start Redis, or correct the setting `redis_url` (environment: FLATIRON_REDIS_URL)."
    return FlatironError(f"Redis cannot be reached at {url}.", why=str(error), advice=advice)


def report(error: FlatironError) -> None:
    """Show an error on standard error: a panel on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    text = Text(error.what, style="bold")
    for title, part in (("Why", error.why), ("Next step", error.advice)):
        if part:
            text.append(f"\n\n{title}: " if console.is_terminal else f"\n{title}: ", style="bold cyan")
            text.append(part, style="not bold")
    if console.is_terminal:
        console.print(Panel(text, title="flatiron", border_style="red", title_align="left"))
    else:
        console.print(Text("Error: ").append_text(text), soft_wrap=True)


def _show_traceback(session: Session) -> None:
    """With --verbose, the traceback of the error that is being handled."""
    if session.verbose:
        Console(stderr=True, soft_wrap=True).print(Text(traceback.format_exc()))


def _internal(error: Exception) -> FlatironError:
    return FlatironError(
        f"The command ended with an error that it does not know: {type(error).__name__}.",
        why=str(error),
        advice="Run it again as `flatiron --verbose …` and report the traceback.",
    )
