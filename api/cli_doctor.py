"""`noria doctor`: what is reachable, what is not, and what to do about it."""

from contextlib import closing
from typing import Any

import click

from api.cli_session import NoriaCommand, Session, pass_session
from api.client import Client
from api.doctor import PATIENCE_S, diagnose
from jobs.check import Check, all_well, check_document, check_table
from jobs.errors import Unavailable
from jobs.settings import Settings, load_settings
from storage.redis_jobs import RedisJobStore


@click.command(cls=NoriaCommand)
@click.option("--retrain", is_flag=True, help="Look instead at what a retrain needs; the same as `noria validate`.")
@pass_session
def doctor(session: Session, retrain: bool) -> None:
    """Say what is reachable, what is not, and what to do. Exits with 1 if not all is well."""
    if retrain:
        _validate()
        return
    checks = examine(load_settings(), session.client())
    if session.json:
        session.print_json(check_document(checks))
    else:
        click.echo(check_table(checks))
    if not all_well(checks):
        click.get_current_context().exit(1)


def _validate() -> None:
    """Run the command `validate`, which joins from the workers' side where that is installed."""
    context = click.get_current_context()
    root = context.find_root()
    found = root.command.get_command(root, "validate") if isinstance(root.command, click.Group) else None
    if found is None:
        raise click.UsageError("What a retrain needs is looked at from the workers' side, which is not installed here. Run "
                               "`noria validate` where a worker is.")
    context.invoke(found)


def examine(settings: Settings, client: Client) -> list[Check]:
    """Every check of the installation that these settings are of; see `api.doctor`."""
    api, ready = _api(client)
    with closing(RedisJobStore(settings.broker_url, timeout_s=PATIENCE_S)) as store:
        return diagnose(settings, store, api, ready.get("checks", {}).get("storage", "not known") if ready else None)


def _api(client: Client) -> tuple[Check, dict[str, Any]]:
    try:
        ready = client.ready()
    except Unavailable as e:
        return Check("API", False, f"{client.url}: {e.__cause__ or e.message}", "`make up`, or say where it is with --api"), {}
    return Check("API", True, client.url), ready
