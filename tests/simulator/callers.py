"""Those who deal with the simulator in these tests: an account holder, a director, a listener."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from carrier_backend.simulator.mount import Mount

KEY = "a-key-of-intigo"


def a_parcel(**changes: Any) -> dict[str, Any]:
    """A body that Intigo accepts."""
    parcel = {
        "cid": "ABCDEFGHIJKLMNOPQRST",
        "name": "Amina Ben Salah",
        "phone": "22345678",
        "amount": 0,
        "city": "Tunis",
        "subDivision": "La Marsa",
        "address": "7 rue de l'Étoile",
        "size": 1,
        "description": "Livres",
        "additionalInformation": "Sonner",
        "pickUpAddress": "12 avenue Habib Bourguiba",
        "pickUpCity": "Sousse",
        "pickUpSubDivision": "Hammam sousse",
    }
    return parcel | changes


class AccountHolder:
    """Calls the secure-api through a mounted session; `answer.json()` is what Intigo said."""

    def __init__(self, app: Flask, key: str = f"{{ apiKey: {KEY} }}", timeout: float = 1.0) -> None:
        self._session = requests.Session()
        self._session.mount("http://simulator", Mount(app))
        self._headers = {"Authorization": key}
        self._timeout = timeout

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self._session.request(
            method,
            f"http://simulator/intigo{path}",
            json=body,
            headers=self._headers,
            timeout=self._timeout,
            allow_redirects=False,
        )

    def get(self, path: str) -> requests.Response:
        return self.call("GET", path)

    def create(self, **changes: Any) -> requests.Response:
        return self.call("POST", "/parcels", a_parcel(**changes))

    def create_batch(self, *cids: str) -> requests.Response:
        return self.call("POST", "/parcels/batch", [a_parcel(cid=cid) for cid in cids])

    def nid(self, **changes: Any) -> str:
        """The number of a parcel newly made."""
        return str(self.create(**changes).json()["nid"])


class Director:
    """Scripts faults, tells systems what to do, and reads the books."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def tell(self, **command: Any) -> Any:
        answer = self._client.post("/_control", json=command)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def script(self, operation: str, fault: str, **parameters: Any) -> None:
        self.tell(system="intigo", operation=operation, fault=fault, **parameters)

    def intigo(self, **command: Any) -> Any:
        return self.tell(system="intigo", **command)

    def parcel2go(self, **command: Any) -> Any:
        return self.tell(system="parcel2go", **command)

    def ecotrack(self, **command: Any) -> Any:
        return self.tell(system="ecotrack", **command)

    def books(self, system: str = "intigo") -> Any:
        return self._client.get("/_state").get_json()[system]

    def reset(self) -> None:
        assert self._client.post("/_reset").status_code == 200

    def cids(self) -> list[str]:
        """Those of all parcels made, oldest first."""
        return [parcel["cid"] for parcel in self.books()["parcels"]]


class Listener:
    """Receives the webhooks; answers what it is told to, or echoes."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: bytes | None = None
        self.status = 200
        self.error: requests.RequestException | None = None

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.heard.append((url, headers, body))
        if self.error:
            raise self.error
        return self.status, body if self.answer is None else self.answer


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app on a real port; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
