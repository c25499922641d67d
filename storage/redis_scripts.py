"""Carries out the Lua scripts, over connections that are kept open for them.

A connection of redis-py is used as it is. Its client is not: what that does around each call takes twice the time of the call.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import redis
from redis.exceptions import NoScriptError


class ScriptRunner:
    """Runs scripts, by name, from as many threads as there are connections; more have to wait for one for `patience_s`.

    Made in the process that uses it: connections must not be shared after a fork.
    """

    def __init__(self, pool: redis.ConnectionPool, scripts: Mapping[str, str], *, connections: int, patience_s: float) -> None:
        self._pool, self._patience_s = pool, patience_s
        self._sources = {name: (hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest(), source)
                         for name, source in scripts.items()}
        self._idle: deque[Any] = deque()
        self._free = threading.Semaphore(connections)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().disconnect()

    def run(self, name: str, args: tuple[Any, ...]) -> Any:
        """The answer of a script. Raises redis.RedisError; nothing is sent twice, since a script may have been carried out."""
        if not self._free.acquire(timeout=self._patience_s):
            raise redis.ConnectionError("No connection was free in time.")
        try:
            connection = self._take()
            try:
                answer = self._ask(connection, name, args)
            except redis.ResponseError:
                self._idle.append(connection)  # the connection is as good as before
                raise
            except BaseException:
                connection.disconnect()
                raise
            self._idle.append(connection)
            return answer
        finally:
            self._free.release()

    def _take(self) -> Any:
        """The connection that was used last, if its server is still there; else one that connects when it is used."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._pool.connection_class(**self._pool.connection_kwargs)
        try:
            gone = connection.can_read()
        except (redis.ConnectionError, OSError):
            gone = True
        if gone:
            connection.disconnect()
        return connection

    def _ask(self, connection: Any, name: str, args: tuple[Any, ...]) -> Any:
        sha, source = self._sources[name]
        try:
            connection.send_command("EVALSHA", sha, 0, *args)
            return connection.read_response()
        except NoScriptError:
            connection.send_command("EVAL", source, 0, *args)
            return connection.read_response()
