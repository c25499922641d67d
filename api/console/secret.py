"""What the cookies of signed-in people are signed with: a random file in NORIA_HOME that all API processes share."""

import os
import secrets
from functools import cache
from pathlib import Path

NAME = "session.key"


@cache
def session_secret(home: Path) -> str:
    """The secret, made at the first call ever. Who deletes the file signs everybody out at the API's next start."""
    path = home / NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        mine = home / f"{NAME}.{secrets.token_hex(8)}"
        mine.touch(mode=0o600)
        mine.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        try:
            os.link(mine, path)  # whole, or not at all where another process was faster
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text(encoding="utf-8")
