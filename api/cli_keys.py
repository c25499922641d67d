"""The commands about API keys: create, list, revoke. They work on the storage itself, so they need no key to begin with."""

from typing import Any, get_args

import click
from rich.table import Table
from rich.text import Text

from api.cli_session import NoriaGroup, Session, pass_session
from api.keys import FRESH_S
from jobs.errors import BrokerUnavailable
from jobs.settings import load_settings
from storage.api_keys import ApiKey, KeyStore, Role
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore


@click.group(cls=NoriaGroup)
def keys() -> None:
    """API keys of this installation, in its storage; --api and --key mean nothing here."""


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(get_args(Role)), required=True,
              help="read: look; submit: also start work, upload and correct; admin: also promote and delete.")
@pass_session
def create(session: Session, name: str, role: Role) -> None:
    """Make a key and show it, this once: only its hash is kept. It holds at once."""
    made, secret = _stored().create(name, role)
    _announce(session)
    if session.json:
        session.print_json({**_shown(made), "key": secret})
        return
    click.echo(secret)
    session.notes().print(f"That is the key {name} with the role {role}. It is not shown again.", style="dim")


@keys.command("list")
@pass_session
def list_keys(session: Session) -> None:
    """List the keys by name, revoked ones too."""
    found = [_shown(key) for key in _stored().all()]
    if session.json:
        session.print_json(found)
        return
    table = Table("name", "role", "created", "revoked", box=None, header_style="dim")
    for key in found:
        table.add_row(*(Text(str(key[field] or "-")) for field in ("name", "role", "created_at", "revoked_at")))
    session.out().print(table if found else "No keys: the API is open, on loopback only.")


@keys.command()
@click.argument("name")
@pass_session
def revoke(session: Session, name: str) -> None:
    """Have a key not count any more, for good. It holds at once, also for a key that API_KEYS still names."""
    revoked = _stored().revoke(name)
    _announce(session)
    if session.json:
        session.print_json(_shown(revoked))
    else:
        session.out().print(f"{name} is revoked.", markup=False)


def _stored() -> KeyStore:
    return KeyStore(open_store(load_settings().objects_url))


def _announce(session: Session) -> None:
    broker = RedisJobStore(load_settings().broker_url)
    try:
        broker.announce_keys()
    except BrokerUnavailable:
        session.notes().print(f"The broker does not answer, so the API takes up to {FRESH_S:g} s to know.", style="dim")
    finally:
        broker.close()


def _shown(key: ApiKey) -> dict[str, Any]:
    return {"name": key.name, "role": key.role, "created_at": key.created_at, "revoked_at": key.revoked_at}
