"""Of a database that does not answer it is said why, and nothing of its address."""

import pytest
from sqlalchemy import make_url

from carrier_backend.domain.errors import Busy
from carrier_backend.storage.absence import explained
from carrier_backend.storage.store import Store, open_engine
from carrier_backend.support.sealing import Sealing
from tests import postgres
from tests.conftest import ENCRYPTION_KEY


def explanation(url: str) -> str:
    store = Store(open_engine(url), Sealing([ENCRYPTION_KEY]))
    with pytest.raises(Busy) as raised, store.read():
        pass
    return explained(raised.value)


def test_a_name_that_the_server_refuses_is_told(postgres_server: postgres.Server) -> None:
    url = make_url(postgres_server.url("postgres")).set(username="absent")
    said = "it refuses the name or password in CARRIER_DATABASE_URL"
    assert explanation(url.render_as_string(hide_password=False)) == f"the database is not answering: {said}"


def test_a_database_that_the_server_has_not_is_told(postgres_server: postgres.Server) -> None:
    said = "it has no database of the name in CARRIER_DATABASE_URL"
    assert explanation(postgres_server.url("absent")) == f"the database is not answering: {said}"


@pytest.mark.parametrize("url", ["postgresql+psycopg://us:hidden@127.0.0.1:1/x", "postgresql+psycopg:///x?host=/none"])
def test_where_nobody_answers_it_is_said_what_to_look_at(url: str) -> None:
    said = explanation(url)
    assert said.startswith("the database is not answering: nobody answers at the host and port in CARRIER_DATABASE_URL")
    assert "hidden" not in said


def test_what_is_not_understood_is_not_repeated() -> None:
    assert explained(Busy("the database is too busy")) == "the database is too busy"
