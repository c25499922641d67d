"""What errors of redis-py mean."""

import pytest

from jobs.errors import BrokerUnavailable
from storage.redis_answers import answers
from tests.services import Valkey


def test_a_broker_that_lacks_a_command_is_said_to_be_too_old(valkey: Valkey) -> None:
    with pytest.raises(BrokerUnavailable, match="too old: Noria needs Redis 7"), answers():
        valkey.client.execute_command("A.COMMAND.OF.TOMORROW")


def test_a_mistake_of_ours_is_not_blamed_on_the_broker(valkey: Valkey) -> None:
    valkey.client.set("a", "no number")

    with pytest.raises(Exception, match="not an integer"), answers():
        valkey.client.incr("a")
