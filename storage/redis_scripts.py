"""Carries out the Lua scripts, over connections that are kept open for them.

The scripts are functions of one library that the broker keeps (Redis from 7.0 on, Valkey): what they share is carried out once,
when it is loaded, and not at each call. A connection of redis-py is used as it is. Its client is not: what that does around each
call takes twice the time of the call.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Collection, Mapping
from typing import Any

import redis

_FUNCTION = """
redis.register_function{{function_name = '{}', flags = {{{}}}, callback = function(KEYS, ARGV)
{}
end}}
"""
_UNKNOWN = "Function not found"


class ScriptRunner:
    """Runs scripts, by name, from as many threads as there are connections; more have to wait for one for `patience_s`.

    shared: Lua that stands once before all of them. reading: those that write nothing; a broker without room answers them still.
    Made in the process that uses it: connections must not be shared after a fork.
    """

    def __init__(
        self, pool: redis.ConnectionPool, scripts: Mapping[str, str], *, shared: str = "", reading: Collection[str] = (),
        connections: int, patience_s: float,
    ) -> None:
        self._pool, self._patience_s = pool, patience_s
        # Named by what it holds, so that processes of two versions each find their own.
        held = repr((shared, sorted(scripts.items()), sorted(reading)))
        self._library = f"noria_{hashlib.sha256(held.encode()).hexdigest()[:12]}"
        self._source = f"#!lua name={self._library}\n{shared}" + "".join(
            _FUNCTION.format(self._function(name), "'no-writes'" if name in reading else "", script)
            for name, script in scripts.items())
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

    def _function(self, name: str) -> str:
        return f"{self._library}_{name}"

    def _ask(self, connection: Any, name: str, args: tuple[Any, ...]) -> Any:
        try:
            return self._answer(connection, "FCALL", self._function(name), 0, *args)
        except redis.ResponseError as error:
            if _UNKNOWN not in str(error):
                raise
        self._answer(connection, "FUNCTION", "LOAD", "REPLACE", self._source)
        return self._answer(connection, "FCALL", self._function(name), 0, *args)

    def _answer(self, connection: Any, *command: Any) -> Any:
        connection.send_command(*command)
        return connection.read_response()
