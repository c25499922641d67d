"""What every command shares: where the API is, in which form to answer, how to show an error."""

import json
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console

from api.client import Client
from jobs.address import api_url
from jobs.errors import NoriaError
from jobs.settings import load_settings


@dataclass(slots=True)
class Session:
    """One call of `noria`."""

    json: bool = False
    api: str = ""
    key: str = ""

    def client(self) -> Client:
        """The API that was named, else that of the settings, with their first key if they hold any."""
        settings = load_settings()
        key = self.key or (settings.api_keys[0].get_secret_value() if settings.api_keys and not self.api else "")
        return Client(self.api.rstrip("/") or api_url(settings), key)

    def out(self) -> Console:
        """Where answers go."""
        return Console(highlight=False, soft_wrap=True)

    def notes(self) -> Console:
        """Where remarks and progress go: standard error, so that a pipe holds the answer alone."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    def print_json(self, document: Any) -> None:
        """The answer as JSON, on one line if it is piped."""
        out = self.out()
        text = json.dumps(document, indent=2 if out.is_terminal else None, ensure_ascii=False)
        click.echo(text)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and param.name:
        setattr(ctx.ensure_object(Session), param.name.removesuffix("_"), value)


def shared_options() -> list[click.Option]:
    """--json, --api and --key, which leave their values in the context's Session."""
    return [
        click.Option(["--json", "json_"], is_flag=True, expose_value=False, callback=_keep, help="Answer in JSON."),
        click.Option(["--api", "api_"], metavar="URL", envvar="NORIA_API", expose_value=False, callback=_keep,
                     help="Where the API is; default: as the settings say. [env: NORIA_API]"),
        click.Option(["--key", "key_"], metavar="KEY", envvar="NORIA_API_KEY", expose_value=False, callback=_keep,
                     help="API key. [env: NORIA_API_KEY]"),
    ]


class NoriaCommand(click.Command):
    """A command with the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())


class NoriaGroup(click.Group):
    """A group whose commands have the shared options."""

    command_class = NoriaCommand


pass_session = click.make_pass_decorator(Session, ensure=True)


def show_error(session: Session, error: NoriaError) -> None:
    """Say what went wrong and which fields are at fault; as JSON on standard output where that was asked for."""
    fields = [{"field": f.field, "message": f.message} for f in error.fields]
    if session.json:
        session.print_json({"error": {"code": error.code, "title": error.title, "detail": error.message, "errors": fields}})
        return
    notes = session.notes()
    notes.print(f"[bold red]{error.title}.[/]", end=" ")
    notes.print(error.message, markup=False)
    for field in error.fields:
        if field.message.rstrip(".") not in error.message:
            notes.print(f"  {field.field}: {field.message}", markup=False)
        elif field.field not in error.message:  # the sentence above is this field's own
            notes.print(f"  at {field.field}", markup=False)
    if error.retry_after_s:
        notes.print(f"Try again in {error.retry_after_s:g} s.")
