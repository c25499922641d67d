"""`noria backup` and `noria restore`: all of one machine's installation in one file, and back."""

from pathlib import Path

import click

from api.cli_session import NoriaCommand, Session, pass_session
from jobs.settings import load_settings
from storage.backup import Backup, restore_backup, write_backup

TELL_EVERY = 500
file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command(cls=NoriaCommand)
@file_argument
@pass_session
def backup(session: Session, file: Path) -> None:
    """Write settings, keys, jobs, files, and the embedded MLflow to FILE (a tar), while the stack runs or is down.

    FILE holds secrets (settings.env, hashed API keys, Flower's password): only its owner can read it; keep it so.
    """
    _show(session, write_backup(load_settings(), file, progress=_Teller(session)), f"Written to {file}")


@click.command(cls=NoriaCommand)
@file_argument
@pass_session
def restore(session: Session, file: Path) -> None:
    """Put a backup back into an empty NORIA_HOME; the stack has to be down. `make up` then goes on from there."""
    _show(session, restore_backup(load_settings(), file, progress=_Teller(session)), "Restored")


class _Teller:
    """Says how many files there were, now and then."""

    def __init__(self, session: Session) -> None:
        self._notes, self._count = session.notes(), 0

    def __call__(self, name: str) -> None:
        self._count += 1
        if self._count % TELL_EVERY == 0:
            self._notes.print(f"{self._count} files …", style="dim")


def _show(session: Session, done: Backup, said: str) -> None:
    if session.json:
        session.print_json({"at": done.at, "files": done.files, "elsewhere": list(done.elsewhere)})
        return
    click.echo(f"{said}: {done.files} files as of {done.at}.")
    for part in done.elsewhere:
        click.echo(f"Not in it, since it is kept elsewhere: {part}. Back that up there.", err=True)
