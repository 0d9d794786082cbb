"""The server that is stopped at once keeps what was committed, or a run on it would prove nothing."""

import psycopg
from sqlalchemy import make_url

from tests.chaos.postgres import ImmediatelyStopped


def test_what_was_committed_survives_an_immediate_stop() -> None:
    with ImmediatelyStopped() as server:
        address = make_url(server.url).set(drivername="postgresql").render_as_string()
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        server.restart()
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
