"""`noria queues`: how many jobs wait and run, and the queues' pauses. Asks the job store itself, so it works without the API."""

import time
from contextlib import closing
from typing import cast

import click
from rich.table import Table
from rich.text import Text

from api.cli_session import NoriaCommand, NoriaGroup, Session, pass_session, shared_options
from jobs.errors import Conflict
from jobs.kind import QUEUES, Queue
from jobs.settings import load_settings
from storage.queues import QueueStatus
from storage.redis_jobs import RedisJobStore

PATIENCE_S = 5.0
LOOK_EVERY_S = 0.5

queue_argument = click.argument("queue", type=click.Choice(QUEUES))
reason_option = click.option("--reason", default="", help="Why; whoever waits for a job of the queue reads it.")


@click.group(cls=NoriaGroup, invoke_without_command=True)
@click.pass_context
def queues(ctx: click.Context) -> None:
    """Jobs that wait and run, queue by queue. A paused queue takes jobs in and starts none, also after a restart."""
    if ctx.invoked_subcommand is None:
        with _store() as store:
            _show(ctx.ensure_object(Session), store.queues())


queues.params.extend(shared_options())  # it is a command by itself, too


@queues.command(cls=NoriaCommand)
@queue_argument
@reason_option
@pass_session
def pause(session: Session, queue: str, reason: str) -> None:
    """Start no further job of QUEUE. What runs goes on."""
    with _store() as store:
        store.pause_queue(cast("Queue", queue), reason)
        _show(session, store.queues())


@queues.command(cls=NoriaCommand)
@queue_argument
@pass_session
def resume(session: Session, queue: str) -> None:
    """Start jobs of QUEUE again, those that wait first."""
    with _store() as store:
        if not store.resume_queue(cast("Queue", queue)):
            raise Conflict(f"Queue {queue} is not paused.")
        _show(session, store.queues())


@queues.command(cls=NoriaCommand)
@queue_argument
@reason_option
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
              help="Wait no longer than that; default: as long as it takes.")
@pass_session
def drain(session: Session, queue: str, reason: str, timeout: float | None) -> None:
    """Pause QUEUE and wait until what runs has ended. Exits with 1 if it has not in time; the queue stays paused."""
    name = cast("Queue", queue)
    began = time.monotonic()
    with _store() as store:
        store.pause_queue(name, reason)
        running = -1
        while (now := store.queues()[name].running) and (timeout is None or time.monotonic() - began < timeout):
            if now != running:
                session.notes().print(f"{_jobs(now)} still running in queue {queue} …", markup=False)
                running = now
            time.sleep(LOOK_EVERY_S)
        _show(session, store.queues())
    if now:
        raise Conflict(f"{_jobs(now)} still running in queue {queue}, which stays paused.")


def _store() -> closing[RedisJobStore]:
    return closing(RedisJobStore(load_settings().broker_url, timeout_s=PATIENCE_S))


def _jobs(count: int) -> str:
    return "1 job is" if count == 1 else f"{count} jobs are"


def _show(session: Session, found: dict[Queue, QueueStatus]) -> None:
    if session.json:
        session.print_json({"queues": [{"queue": name, **status.document()} for name, status in found.items()]})
        return
    table = Table("queue", "waiting", "longest", "running", "", box=None, header_style="dim")
    for name, q in found.items():
        said = f"paused{f': {q.pause.reason}' if q.pause.reason else ''}" if q.pause else ""
        table.add_row(name, str(q.waiting), f"{q.oldest_s:.0f} s" if q.waiting else "-", str(q.running),
                      Text(said, style="yellow"))
    session.out().print(table)
