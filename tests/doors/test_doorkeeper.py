"""Who is turned away before the app, where, and with what words."""

from collections import Counter
from collections.abc import Iterable

import pytest
from werkzeug.test import Client

from carrier_backend.domain.errors import NotAllowed
from carrier_backend.doors.doorkeeper import Doorkeeper
from carrier_backend.support.patience import FAILURES_ALLOWED, Patience

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def app(_environ: object, start_response: object) -> Iterable[bytes]:
    assert callable(start_response)
    start_response("200 OK", [])
    return [b"let in"]


@pytest.fixture
def counted() -> Counter[str]:
    return Counter()


@pytest.fixture
def client(counted: Counter[str]) -> Client:
    patience = Patience(lambda: 1000.0)
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(NotAllowed), patience.towards(HERE):
            raise NotAllowed("who are you")
    return Client(Doorkeeper(app, "/webhooks/", patience, lambda: counted.update(["turned away"])))


def test_who_has_failed_too_often_is_told_when_to_come_again(client: Client, counted: Counter[str]) -> None:
    answer = client.post("/webhooks/calling", headers={"x-trace-id": "TRACE1"}, environ_base={"REMOTE_ADDR": HERE})

    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["x-trace-id"]) == (429, "60", "TRACE1")
    assert answer.get_json() == {"errors": [{"message": "too many failed attempts from this address"}]}
    assert counted["turned away"] == 1


@pytest.mark.parametrize(("path", "address"), [("/webhooks/calling", ELSEWHERE), ("/booking", HERE)])
def test_others_and_other_doors_are_as_they_were(
    client: Client, counted: Counter[str], path: str, address: str
) -> None:
    assert client.post(path, environ_base={"REMOTE_ADDR": address}).data == b"let in"
    assert not counted
