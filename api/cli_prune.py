"""`noria prune`: take away what nothing refers to any more, and what is older than the settings keep it."""

import secrets
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing

import click

from api.cli_session import NoriaCommand, Session, pass_session
from jobs.settings import load_settings
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from storage.retention import Removal, Retention

PATIENCE_S = 10.0
MIB = 1 << 20


@click.command(cls=NoriaCommand)
@click.option("--dry-run", is_flag=True, help="Say what would go, and take nothing away.")
@pass_session
def prune(session: Session, dry_run: bool) -> None:
    """Remove old artifacts and checkpoints, unused images, uploads, local copies and temporary files.

    ARTIFACT_RETENTION_DAYS says what is old. What a job, a version of a model, a data set or a correction needs stays.
    Works on the storage itself, so run it where the settings say where that is. What was removed stands in the audit trail.
    """
    settings = load_settings()
    with closing(RedisJobStore(settings.broker_url, timeout_s=PATIENCE_S)) as store:
        retention = Retention(open_store(settings.objects_url), store, settings)
        plan = retention.plan()
    if plan and not dry_run:
        # First, so that it is known even if this is cut off.
        retention.audit(plan, by="noria prune", token=f"prune-{secrets.token_hex(4)}")
        with click.progressbar(plan, label="Removing", file=sys.stderr) as removals:
            for removal in removals:
                retention.remove(removal)
    _show(session, plan, dry_run=dry_run)


def _show(session: Session, plan: Sequence[Removal], *, dry_run: bool) -> None:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for removal in plan:
        sums[removal.what][0] += 1
        sums[removal.what][1] += removal.bytes
    if session.json:
        found = [{"what": what, "count": count, "bytes": size} for what, (count, size) in sums.items()]
        session.print_json({"dry_run": dry_run, "removed": found, "names": [r.name for r in plan]})
        return
    for what, (count, size) in sums.items():
        click.echo(f"{'would remove' if dry_run else 'removed'}  {count:>7} {what}  {size / MIB:.1f} MiB")
    if not plan:
        click.echo("There is nothing to remove.")
    elif dry_run:
        click.echo(f"Without --dry-run that makes {sum(r.bytes for r in plan) / MIB:.1f} MiB of room; --json names each.")
