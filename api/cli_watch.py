"""Following one job on the terminal: a bar, the latest metrics, its log; and how it ended."""

import json
import time
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from api.cli_result import print_result
from api.cli_session import Session
from api.client import Client, Document
from api.client_stream import StreamedEvent
from jobs.lifecycle import is_terminal

METRICS_SHOWN = 12
NEWS_EVERY_S = 5.0
STYLES = {"queued": "yellow", "running": "cyan", "succeeded": "green", "failed": "red", "canceled": "magenta"}
LEVEL_STYLES = {"debug": "dim", "warning": "yellow", "error": "red"}
LOST = "The connection was lost; trying again. The job goes on meanwhile."


def watch_job(session: Session, client: Client, job_id: str) -> Document:
    """Show a job's events to its end and how it ended. Exits with 1 unless it succeeded, with 130 on Ctrl-C."""
    try:
        if session.json:
            _print_lines(client, job_id)
        else:
            follow(client, job_id, session.notes())
    except KeyboardInterrupt:
        session.notes().print(f"\nStopped watching; the job goes on. `noria watch {job_id}` shows it again, "
                              f"`noria cancel {job_id}` stops it.")
        raise
    job = client.job(job_id)
    report_end(session, job)
    return job


def say_if_nobody_starts(session: Session, client: Client, job: Mapping[str, Any]) -> None:
    """Say beside the answer that nobody takes the job just now, if it waits in a queue without a worker, or a paused one."""
    found, queue = client.ready(), job["queue"]
    if job["state"] != "queued" or "workers" not in found:  # not ready, or not for this key to see
        return
    pause = found["queues"].get(queue, {}).get("paused")
    if pause:
        session.notes().print(f"The queue {queue} is paused, so the job waits. `noria queues resume {queue}` lets it start.",
                              style="yellow", markup=False)
    elif not any(queue in worker.get("queues", ()) for worker in found["workers"].values()):
        session.notes().print(f"No worker serves the queue {queue} now, so the job waits, and starts by itself as soon as one "
                              "does. `make up` starts the workers, `noria doctor` says what is missing.",
                              style="yellow", markup=False)


def follow(client: Client, job_id: str, console: Console) -> None:
    """Draw a job's events on `console` until it ends: a picture on a terminal, else lines."""
    view = JobView(client.job(job_id))
    events = client.events(job_id, on_lost=lambda: console.print(LOST, style="yellow"))
    if not console.is_terminal:
        for event in events:
            for line in (*view.take(event), *view.news()):
                console.print(line)
        return
    with Live(view, console=console, refresh_per_second=8):
        for event in events:
            for line in view.take(event):
                console.print(line)


class JobView:
    """The picture of a running job, changed by its events. Rich draws it."""

    def __init__(self, job: Document) -> None:
        self.kind, self.state = job["kind"], job["state"]
        self.metrics: dict[str, Any] = {}
        self._stage: str | None = None
        self._said: tuple[str | None, str] = (None, "")
        self._said_at = 0.0
        self._bar = Progress(SpinnerColumn(), TextColumn("{task.fields[kind]}"), BarColumn(bar_width=36), TaskProgressColumn(),
                             TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        self._row = self._bar.add_task(self.state, total=1.0, kind=self.kind)

    def take(self, event: StreamedEvent) -> list[Text]:
        """Take in an event; gives the lines to print above the picture."""
        data = event.data
        if event.type == "progress":
            self._stage = data.get("stage")
            said = " · ".join(str(w) for w in (self._stage, data.get("message")) if w)
            self._bar.update(self._row, completed=data["fraction"], description=said)
        elif event.type == "metric":
            self.metrics.pop(data["name"], None)
            self.metrics[data["name"]] = data["value"]
        elif event.type == "log":
            level = str(data.get("level", "info"))
            return [Text(f"{event.at[11:19]}  {data['message']}", style=LEVEL_STYLES.get(level, ""))]
        elif event.type == "state":
            self.state = data["state"]
            self._bar.update(self._row, description=self.state, completed=1.0 if self.state == "succeeded" else None)
            return [Text(f"{event.at[11:19]}  {self.state}, attempt {event.attempt}", style=STYLES[self.state])]
        return []

    def news(self) -> list[Text]:
        """A line about the progress, where there is no picture: at each new stage, and every few seconds within one."""
        row = self._bar.tasks[0]
        now, stage = time.monotonic(), self._said[0]
        new = (self._stage, row.description) != self._said and (self._stage != stage or now - self._said_at >= NEWS_EVERY_S)
        if self.state != "running" or not new:
            return []
        self._said, self._said_at = (self._stage, row.description), now
        return [Text(f"{row.percentage:7.0f} %  {row.description}")]

    def __rich__(self) -> RenderableType:
        """The bar, and under it the latest metrics."""
        shown = list(self.metrics.items())[-METRICS_SHOWN:]
        line = Text("  ").join(Text.assemble((f"{name} ", "dim"), f"{value:.4g}") for name, value in shown)
        return Group(self._bar, line) if shown else self._bar


def report_end(session: Session, job: Document) -> None:
    """Print how a job ended. Exits with 1 unless it succeeded."""
    if session.json:
        session.print_json(job)
    else:
        describe_job(session.out(), job)
    if is_terminal(job["state"]) and job["state"] != "succeeded":
        click.get_current_context().exit(1)


def describe_job(out: Console, job: Document) -> None:
    """All that matters of a job, for people."""
    out.print(f"[bold]{job['id']}[/]  {job['kind']}  [{STYLES[job['state']]}]{job['state']}[/]")
    table = Table.grid(Column(no_wrap=True), Column(overflow="fold"), padding=(0, 2))  # a link that is cut is of no use
    for name, value in _facts(job):
        table.add_row(Text(name, style="dim"), Text(value))
    out.print(table)
    if job["error"]:
        error = job["error"]
        step = f" at step {error['step']}" if error.get("step") else ""
        out.print(Text(f"{error['code']}{step}: {error['message']}", style="red"))
    if job["result"]:
        print_result(out, job)


def _facts(job: Document) -> list[tuple[str, str]]:
    facts = [("created", job["created_at"]), ("started", job["started_at"]), ("finished", job["finished_at"])]
    facts.append(("attempt", f"{job['attempt']} of {job['max_attempts']}"))
    if job["state"] == "running":
        facts.append(("progress", f"{job['progress']['fraction']:.0%} {job['progress']['stage'] or ''}"))
    if job["queue_position"] is not None:
        facts.append(("waiting", f"in {job['queue']}, {job['queue_position']} before it"))
    if job["labels"]:
        facts.append(("labels", ", ".join(f"{k}:{v}" for k, v in job["labels"].items())))
    if job["tracking"] and job["tracking"].get("ui_url"):
        facts.append(("MLflow", job["tracking"]["ui_url"]))
    return [(name, str(value)) for name, value in facts if value]


def _print_lines(client: Client, job_id: str) -> None:
    for e in client.events(job_id):
        click.echo(json.dumps({"id": e.id, "type": e.type, "attempt": e.attempt, "at": e.at, "data": e.data}, ensure_ascii=False))
