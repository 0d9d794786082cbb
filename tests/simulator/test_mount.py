"""Answers in a mounted session are like those from a port, and get lost alike."""

from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from urllib3 import Timeout

from carrier_backend.simulator.mount import PATIENCE, Mount, cut_lost_connections, lost
from tests.simulator.callers import served


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)

    @app.route("/echo/<path:path>", methods=["GET", "PUT"])
    def echo(path: str) -> Response:
        said = f"{request.method} {path} {request.query_string.decode()} {request.host} "
        return Response(said.encode() + request.get_data(), 202, {"X-Said": request.headers.get("X-Say", "")})

    @app.get("/patience")
    def patience() -> str:
        return str(request.environ[PATIENCE])

    @app.post("/lost/<how>")
    def lose(how: str) -> Response:
        return lost(how)

    app.wsgi_app = cut_lost_connections(app.wsgi_app)  # type: ignore[assignment, method-assign]  # as Flask says
    return app


@pytest.fixture
def session(app: Flask) -> requests.Session:
    session = requests.Session()
    session.mount("http://simulator", Mount(app))
    return session


def test_method_path_query_headers_and_body_arrive(session: requests.Session) -> None:
    answer = session.put("http://simulator:81/echo/a%20b?x=1&x=%C3%A9", data="été".encode(), headers={"X-Say": "hello"})

    assert (answer.status_code, answer.headers["X-Said"]) == (202, "hello")
    assert answer.content.decode() == "PUT a b x=1&x=%C3%A9 simulator:81 été"


def test_an_answer_can_be_streamed(session: requests.Session) -> None:
    answer = session.get("http://simulator/echo/x", stream=True)

    chunks = list(answer.iter_content(4))

    assert chunks[0] == b"GET "
    assert len(chunks) > 1


def test_a_raw_answer_can_be_read_in_part(session: requests.Session) -> None:
    answer = session.get("http://simulator/echo/x", stream=True)

    assert answer.raw.read(3, decode_content=True) == b"GET"


@pytest.mark.parametrize(("how", "error"), [("reset", requests.ConnectionError), ("timeout", requests.ReadTimeout)])
def test_a_lost_answer_is_an_error_of_requests(session: requests.Session, how: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        session.post(f"http://simulator/lost/{how}", timeout=(1, 2))


@pytest.mark.parametrize(
    ("timeout", "patience"),
    [(None, "inf"), (3, "3.0"), ((5, 0.5), "0.5"), ((5, None), "inf"), (Timeout(read=2), "2.0")],
)
def test_the_app_is_told_how_long_the_caller_waits(session: requests.Session, timeout: Any, patience: str) -> None:
    assert session.get("http://simulator/patience", timeout=timeout).text == patience


def test_a_server_is_told_to_cut_by_an_error_of_the_connection(app: Flask) -> None:
    with pytest.raises(ConnectionResetError):
        app.test_client().post("/lost/reset")


def test_on_a_port_a_lost_answer_is_a_cut_connection(app: Flask) -> None:
    with served(app) as address, requests.Session() as session, pytest.raises(requests.ConnectionError):
        session.post(f"{address}/lost/reset", timeout=5)


def test_on_a_port_other_answers_arrive(app: Flask) -> None:
    with served(app) as address, requests.Session() as session:
        assert session.get(f"{address}/echo/x", timeout=5).status_code == 202
