"""What both halves of the demo do: upload, submit, watch, and say plainly where it went wrong."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from api.cli_watch import follow
from api.client import Client, Document
from deploy.environment import ROOT
from jobs.errors import NoriaError

RESULTS = ROOT / "var" / "demo"


class DemoFailed(NoriaError):
    """A step of the demo did not do what it should."""


def upload(client: Client, console: Console, file: Path, type_: str) -> Document:
    """Upload one table under a bar."""
    with Progress(console=console, transient=True) as bar:
        row = bar.add_task(file.name, total=None)

        def sent(done: int, total: int) -> None:
            bar.update(row, completed=done, total=total)

        dataset = client.upload(file, type=type_, name=file.stem, on_progress=sent)
    console.print(f"  {file.name}: {dataset['rows']:,} rows, data set {dataset['id']}")
    return dataset


def work(client: Client, console: Console, kind: str, params: dict[str, Any]) -> Document:
    """Submit a job, show it to its end, and give its document. Raises DemoFailed unless it succeeded."""
    job = client.submit(kind, params, labels={"demo": "yes"})
    follow(client, job["id"], console)
    job = client.job(job["id"])
    if job["state"] != "succeeded":
        raise DemoFailed(f"The job {job['id']} {job['state']}: {(job['error'] or {}).get('message', 'no reason given')}")
    return job
