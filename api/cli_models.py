"""The commands about models: list, show, promote, rollback, history."""

from typing import Any

import click
from rich.table import Table
from rich.text import Text

from api.cli_session import NoriaGroup, Session, pass_session
from api.client import Document


@click.group(cls=NoriaGroup)
def models() -> None:
    """What was trained, and which version of it predictions use."""


@models.command("list")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Models to list at most.")
@click.option("--cursor", help="Go on where an earlier list ended.")
@pass_session
def list_models(session: Session, limit: int, cursor: str | None) -> None:
    """List models, the last trained first."""
    page = session.client().models(limit=limit, cursor=cursor)
    if session.json:
        session.print_json(page)
        return
    rows = [(m["name"], m["domain"], m["champion"], m["latest"], m["updated_at"][:19] + "Z") for m in page["models"]]
    _print_table(session, ("model", "domain", "champion", "latest", "trained"), rows, "No models. Train one: noria submit --help")
    if page["next_cursor"]:
        session.notes().print(f"More: noria models list --cursor {page['next_cursor']}", style="dim")


@models.command("show")
@click.argument("name")
@pass_session
def show_model(session: Session, name: str) -> None:
    """Show a model and its versions."""
    _print_model(session, session.client().model(name))


@models.command("promote")
@click.argument("name")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why; it stands in the history.")
@pass_session
def promote_version(session: Session, name: str, version: int, reason: str) -> None:
    """Make a version the champion: the next prediction uses it."""
    _print_model(session, session.client().promote(name, version, reason))


@models.command("rollback")
@click.argument("name")
@click.option("--reason", required=True, help="Why; it stands in the history.")
@pass_session
def rollback_model(session: Session, name: str, reason: str) -> None:
    """Go back to the champion before."""
    _print_model(session, session.client().rollback(name, reason))


@models.command("history")
@click.argument("name")
@pass_session
def show_history(session: Session, name: str) -> None:
    """List promotions, rollbacks and rejections, newest first."""
    found = session.client().model_history(name)
    if session.json:
        session.print_json(found)
        return
    rows = [(e["at"][:19] + "Z", e["action"], e["version"], e["by"], e["reason"]) for e in found]
    _print_table(session, ("at", "action", "version", "by", "reason"), rows, "Nothing was decided about this model yet.")


def _print_model(session: Session, model: Document) -> None:
    if session.json:
        session.print_json(model)
        return
    out = session.out()
    out.print(f"{model['name']}  {model['domain']}  champion: {_text(model['champion'])}", markup=False)
    waiting = model["corrections"]
    if waiting["pending"] or waiting["retrain_jobs"]:
        under_way = ", ".join(waiting["retrain_jobs"]) or "none"
        out.print(f"corrections: {waiting['pending']} pending of {waiting['threshold']}", markup=False)
        out.print(f"retrains under way: {under_way}", markup=False)
    if model["retrain_blocked"]:
        out.print(f"retrain blocked: {model['retrain_blocked']['reason']}", markup=False)
    rows = [(v["version"], v["decision"], v["created_at"][:19] + "Z", v["job"], v["run_id"]) for v in model["versions"]]
    _print_table(session, ("version", "decision", "created", "job", "run"), rows, "It has no version.")


def _print_table(session: Session, names: tuple[str, ...], rows: list[tuple[Any, ...]], otherwise: str) -> None:
    table = Table(*names, box=None, header_style="dim")
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row))
    session.out().print(table if rows else otherwise)


def _text(value: Any) -> str:
    return "-" if value is None else str(value)
