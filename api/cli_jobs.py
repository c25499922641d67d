"""The commands about jobs that exist: watch, list, show, cancel, retry, artifacts."""

from pathlib import Path

import click
from rich.table import Column, Table

from api.cli_session import NoriaCommand, NoriaGroup, Session, pass_session
from api.cli_watch import STYLES, describe_job, watch_job
from api.client import Document
from jobs.lifecycle import STATES

SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@click.command(cls=NoriaCommand)
@click.argument("job_id")
@pass_session
def watch(session: Session, job_id: str) -> None:
    """Follow a job to its end: a bar, its metrics, its log. Ctrl-C leaves the job running."""
    watch_job(session, session.client(), job_id)


@click.command("list", cls=NoriaCommand)
@click.option("--kind", help="Only jobs of this kind.")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--label", metavar="KEY:VALUE", help="Only jobs with this label.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Jobs to list at most.")
@click.option("--cursor", help="Go on where an earlier list ended.")
@pass_session
def list_jobs(session: Session, kind: str | None, state: str | None, label: str | None, limit: int,
              cursor: str | None) -> None:
    """List jobs, newest first."""
    page = session.client().jobs(kind=kind, state=state, label=label, limit=limit, cursor=cursor)
    if session.json:
        session.print_json(page)
        return
    # The id is what people copy: it is never cut, whatever the width.
    table = Table(Column("id", no_wrap=True, min_width=24), "kind", "state", Column("", no_wrap=True), "created",
                  box=None, header_style="dim", padding=(0, 1, 0, 0))
    for job in page["jobs"]:
        progress = f"{job['progress']['fraction']:.0%}" if job["state"] == "running" else ""
        state = f"[{STYLES[job['state']]}]{job['state']}[/]"
        table.add_row(job["id"], job["kind"], state, progress, job["created_at"][:19] + "Z")
    session.out().print(table if page["jobs"] else "No jobs. `noria submit --help` shows what there is to do.")
    if page["next_cursor"]:
        session.notes().print(f"More: noria list --cursor {page['next_cursor']}", style="dim")


def _print_job(session: Session, job: Document) -> None:
    if session.json:
        session.print_json(job)
    else:
        describe_job(session.out(), job)


@click.command(cls=NoriaCommand)
@click.argument("job_id")
@pass_session
def show(session: Session, job_id: str) -> None:
    """Show one job."""
    _print_job(session, session.client().job(job_id))


@click.command(cls=NoriaCommand)
@click.argument("job_id")
@pass_session
def cancel(session: Session, job_id: str) -> None:
    """Stop a job: at once if it waits, at its next safe point if it runs."""
    job = session.client().cancel(job_id)
    _print_job(session, job)
    if not session.json and job["state"] == "running":
        session.notes().print("It stops at its next safe point, within seconds.", style="dim")


@click.command(cls=NoriaCommand)
@click.argument("job_id")
@pass_session
def retry(session: Session, job_id: str) -> None:
    """Queue a failed or canceled job again."""
    _print_job(session, session.client().retry(job_id))


@click.group(cls=NoriaGroup)
def artifacts() -> None:
    """The files that a job left behind."""


@artifacts.command("list")
@click.argument("job_id")
@pass_session
def list_artifacts(session: Session, job_id: str) -> None:
    """List a job's files."""
    found = session.client().artifacts(job_id)
    if session.json:
        session.print_json(found)
        return
    table = Table("name", "size", "sha256", box=None, header_style="dim")
    for file in found:
        table.add_row(file["name"], size_text(file["size"]), file["sha256"][:16])
    session.out().print(table if found else "The job left no files.")


@artifacts.command()
@click.argument("job_id")
@click.argument("names", nargs=-1)
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write to.")
@pass_session
def download(session: Session, job_id: str, names: tuple[str, ...], to: Path) -> None:
    """Download a job's files: those named, else all."""
    client = session.client()
    root = to.resolve()
    written: list[str] = []
    for name in names or [file["name"] for file in client.artifacts(job_id)]:
        target = (root / name).resolve()
        if not target.is_relative_to(root):
            raise click.BadParameter(f"{name!r} leads out of {root}")
        written.append(str(client.download(job_id, name, target)))
        if not session.json:
            session.out().print(written[-1], markup=False)
    if session.json:
        session.print_json(written)


def size_text(size_bytes: int) -> str:
    """A size for people: 3.4 MiB."""
    for unit, name in SIZES:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} B"
