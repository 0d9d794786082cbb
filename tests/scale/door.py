"""The whole application in front of a database, and an operator who asks it; what it asks the database is heard."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from carrier_backend import current
from carrier_backend.app import create_app
from carrier_backend.config_files import read_products
from carrier_backend.couriers.ecotrack.courier import Settings as EcotrackSettings
from carrier_backend.couriers.intigo.courier import Settings as IntigoSettings
from carrier_backend.couriers.parcel2go.courier import Settings as Parcel2GoSettings
from carrier_backend.domain.access import Role
from carrier_backend.domain.products import Catalogue
from carrier_backend.settings import Settings
from carrier_backend.storage.store import Store
from tests.conftest import BY_TEST, a_settings
from tests.environment import ROOT

Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """The admin API of one process, as one viewer meets it."""

    store: Store
    client: FlaskClient
    token: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}"})

    def timed(self, path: str) -> tuple[TestResponse, float]:
        """The answer, and how many milliseconds it took, to its last byte."""
        began = time.perf_counter()
        answer = self.get(path)
        answer.get_data()
        return answer, (time.perf_counter() - began) * 1000

    def heard(self, path: str) -> Sequence[Statement]:
        """The statements, with their values, that a request has sent to the database."""
        sent: list[Statement] = []

        def hear(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            if not statement.startswith("BEGIN"):
                sent.append((statement, parameters))

        event.listen(self.store.engine, "before_cursor_execute", hear)
        self.get(path)
        event.remove(self.store.engine, "before_cursor_execute", hear)
        return sent

    def plans(self, statements: Sequence[Statement]) -> Mapping[str, Sequence[str]]:
        """What the database means to do, line by line, about each statement."""
        explain = "EXPLAIN QUERY PLAN" if self.store.engine.dialect.name == "sqlite" else "EXPLAIN"
        with self.store.read() as unit:
            return {
                statement: [str(row[-1]) for row in unit.connection.exec_driver_sql(f"{explain} {statement}", values)]
                for statement, values in statements
            }


def a_door(store: Store) -> Door:
    """One for a new operator; the couriers are there and nobody calls them."""
    app = create_app(_settings(), store=store)
    with app.app_context():
        backend = current.backend()
    name = f"the asking {time.time_ns()}"
    return Door(store, app.test_client(), backend.oversee.add_operator(name, Role.VIEWER, BY_TEST))


def _settings() -> Settings:
    key = "a key that is nobody's, for nobody is called"
    return a_settings(
        Catalogue(read_products(ROOT / "config/products.toml")),
        intigo=IntigoSettings("http://intigo.test", key, (key,)),
        parcel2go=Parcel2GoSettings("http://parcel2go.test", "client", key, (key,)),
        ecotrack=EcotrackSettings("http://ecotrack.test", key),
    )
