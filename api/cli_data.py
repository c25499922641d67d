"""The commands about what goes in: upload, company, kinds, settings."""

import json
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from api.cli_session import NoriaCommand, NoriaGroup, Session, pass_session
from api.cli_submit import Label
from api.client import Document
from api.tax_numbers import digits_of
from jobs.settings import Settings, load_settings, without_userinfo, write_setting
from storage.columns import DATASET_TYPES

HIDDEN = "(set, not shown)"
MOST_SHOWN = 12  # of a list


@click.command(cls=NoriaCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "type_", type=click.Choice(DATASET_TYPES), default="sales", show_default=True,
              help="What the file holds.")
@click.option("--name", help="What to call it; default: the file's name.")
@click.option("--company", help="Id of the company that it belongs to.")
@click.option("--map", "pairs", type=Label(), multiple=True, metavar="COLUMN=THEIRS", help="Name a column; may be repeated.")
@click.option("--decimal-mark", "decimal", type=click.Choice((".", ",")),
              help="The mark before decimals; default: found out, and asked for where 1.500 may be either.")
@pass_session
def upload(session: Session, file: Path, type_: str, name: str | None, company: str | None,
           pairs: tuple[tuple[str, str], ...], decimal: str | None) -> None:
    """Upload a data set: CSV, CSV.gz, XLSX, Parquet, or a ZIP of a detection data set."""
    client = session.client()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(binary_units=True),
               TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=session.notes(), disable=session.json, transient=True) as bar:
        row = bar.add_task(file.name, total=file.stat().st_size or None)

        def sent(done: int, total: int) -> None:
            text = "looking through it" if done == total else file.name
            bar.update(row, completed=done, description=text)

        dataset = client.upload(file, type=type_, name=name, company=company, mapping=dict(pairs) or None, decimal=decimal,
                                on_progress=sent)
    if session.json:
        session.print_json(dataset)
        return
    if name and name not in (dataset["name"], dataset["original_name"]):
        stands = f"These bytes were uploaded before, as {dataset['original_name']!r}; that name stands."
        session.notes().print(stands, markup=False)
    session.out().print(f"[bold]{dataset['id']}[/]  {dataset['type']}  {dataset['name']}  {dataset['rows']:,} rows")
    profile = dict(dataset["profile"])
    for sentence in profile.pop("warnings", ()):
        session.out().print(Text(sentence, style="yellow"))
    for sentence in profile.pop("notes", ()):
        session.out().print(Text(f"- {sentence}"))
    session.out().print(_facts(profile))
    session.notes().print("--json prints all that was found.", style="dim", markup=False)


@click.group("company", cls=NoriaGroup)
def companies() -> None:
    """The companies that Noria forecasts for."""


@companies.command("show")
@click.argument("company_id")
@pass_session
def show_company(session: Session, company_id: str) -> None:
    """Show a company."""
    _print(session, session.client().company(company_id))


@companies.command("set")
@click.argument("company_id")
@click.option("--nit", required=True, help="Tax number, also as it is printed: 900.123.456-7.")
@click.option("--name", required=True, help="Its name.")
@click.option("--country", default="CO", show_default=True, help="ISO 3166 code, for holidays and the time zone.")
@click.option("--currency", default="COP", show_default=True, help="ISO 4217 code.")
@click.option("--timezone", help="Default: by country.")
@click.option("--dataset", help="Id of its sales data set; default: the last one uploaded for it.")
@pass_session
def set_company(session: Session, /, company_id: str, nit: str, **company: str | None) -> None:
    """Write a company."""
    _print(session, session.client().set_company(company_id, {"nit": digits_of(nit), **company}))


@click.command(cls=NoriaCommand)
@click.argument("name", required=False)
@pass_session
def kinds(session: Session, name: str | None) -> None:
    """List what the API can do; with a NAME, the schema of that kind."""
    found = session.client().kinds()
    if name:
        found = [kind for kind in found if kind["name"] == name]
        if not found:
            raise click.UsageError(f"There is no kind {name!r}; `noria kinds` lists them.")
    if session.json:
        session.print_json(found[0] if name else found)
    elif name:
        session.out().print_json(json.dumps(found[0]))
    else:
        table = Table("kind", "queue", "what it does", box=None, header_style="dim")
        for kind in found:
            table.add_row(kind["name"], kind["queue"], kind["summary"])
        session.out().print(table)


@click.group(cls=NoriaGroup)
def settings() -> None:
    """The settings of this machine: the environment, and settings.env over it."""


@settings.command("show")
@click.argument("name", required=False)
@pass_session
def show_settings(session: Session, name: str | None) -> None:
    """Show the settings as they stand, or one of them."""
    shown = _shown(load_settings())
    if name and name.upper() not in shown:
        raise click.UsageError(f"There is no setting {name!r}; `noria settings show` lists them.")
    if name:
        shown = {name.upper(): shown[name.upper()]}
    _print(session, shown)


@settings.command("set")
@click.argument("name")
@click.argument("value", type=click.UNPROCESSED)
@pass_session
def set_setting(session: Session, name: str, value: str) -> None:
    """Write a setting to settings.env; workers read it at each job's start, servers when they are started."""
    home = load_settings().home
    write_setting(home, name.upper(), value)
    if session.json:
        session.print_json({"name": name.upper(), "file": str(home / "settings.env")})
    else:
        session.out().print(f"{name.upper()} is set in {home / 'settings.env'}. It holds from the next job on; "
                            "the API and the other servers read it when they are started.", markup=False)


def _shown(settings: Settings) -> dict[str, Any]:
    secret = {"api_keys", "flower_password", "callback_secret"}
    plain = settings.model_dump(mode="json")
    shown = {k: without_userinfo(v) if isinstance(v, str) else v for k, v in plain.items()}
    return {k.upper(): (HIDDEN if k in secret and getattr(settings, k) else v) for k, v in shown.items()}


def _print(session: Session, document: Document) -> None:
    if session.json:
        session.print_json(document)
    else:
        session.out().print(_table(document))


def _facts(profile: Document) -> Table:
    """What was found, a short line each; what is empty, and long series, are left to --json."""
    table = Table.grid(padding=(0, 2))
    for name, value in profile.items():
        said = _written(value)
        if said and value is not False:
            table.add_row(Text(name.replace("_", " "), style="dim"), Text(said))
    return table


def _written(value: Any) -> str:
    """A value as people read it: numbers with thousands marks, no last digits of a sum of fractions; "" for a nested one."""
    if isinstance(value, dict):
        if any(isinstance(part, dict | list) for part in value.values()):
            return ""
        return _written([f"{key}={_written(part)}" for key, part in value.items() if part is not None])
    if isinstance(value, list):
        more = f" and {len(value) - MOST_SHOWN:,} more" if len(value) > MOST_SHOWN else ""
        return ", ".join(_written(part) for part in value[:MOST_SHOWN]) + more
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return "" if value is None else str(value)


def _table(document: Document) -> Table:
    table = Table.grid(padding=(0, 2))
    for key, value in document.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        table.add_row(Text(key, style="dim"), Text(text))
    return table
