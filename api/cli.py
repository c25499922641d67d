"""The `noria` command: a client of the HTTP contract for people and scripts.

Exit codes: 0 all well; 1 a problem, or a job that did not succeed; 2 wrong usage; 3 Noria, or something that it
needs, does not answer; 130 interrupted.  Further commands join by the entry point group `noria.commands`.
"""

import sys
from importlib.metadata import entry_points
from typing import Any

import click
import structlog

from api.cli_backup import backup, restore
from api.cli_data import companies, kinds, settings, upload
from api.cli_doctor import doctor
from api.cli_jobs import artifacts, cancel, list_jobs, retry, show, watch
from api.cli_keys import keys
from api.cli_models import models
from api.cli_prune import prune
from api.cli_queues import queues
from api.cli_session import NoriaCommand, Session, shared_options, show_error
from api.cli_submit import submit
from jobs.errors import NoriaError, Unavailable

PROBLEM, UNREACHABLE, INTERRUPTED = 1, 3, 130


class Noria(click.Group):
    """The root of all commands: the one place where errors become words and exit codes."""

    command_class = NoriaCommand

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named. Exits with 1, 3 or 130 where that did not go well."""
        session = ctx.ensure_object(Session)
        try:
            return super().invoke(ctx)
        except NoriaError as error:
            show_error(session, error)
            ctx.exit(UNREACHABLE if isinstance(error, Unavailable) else PROBLEM)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of our own commands, then of those that joined by entry point."""
        return [*super().list_commands(ctx), *sorted(_joined())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; one that joined is imported only now."""
        own = super().get_command(ctx, cmd_name)
        if own or cmd_name not in _joined():
            return own
        command: click.Command = _joined()[cmd_name].load()
        return command


def _joined() -> Any:
    return {found.name: found for found in entry_points(group="noria.commands")}


@click.group(cls=Noria, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="noria")
def cli() -> None:
    """Submit jobs to Noria, watch them, and look after it.

    Every command takes --json, --api (or NORIA_API) and --key (or NORIA_API_KEY), before its name or after it.
    """


cli.params.extend(shared_options())

for _command in (submit, watch, list_jobs, show, cancel, retry, artifacts, upload, companies, models, kinds, keys, queues,
                 prune, backup, restore, settings, doctor):
    cli.add_command(_command)


def main() -> None:
    """The entry point."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # a pipe holds the answer alone
    cli(prog_name="noria")


if __name__ == "__main__":
    main()
