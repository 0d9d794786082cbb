"""The couriers and Ingrid, pretended: one WSGI app for the demo, the tests and anyone who tries things out.

It imports nothing of the backend: a mistranslation must not be shared by both sides.
"""

import requests
from flask import Flask

from carrier_backend.simulator.control import control_routes
from carrier_backend.simulator.ecotrack import Ecotrack
from carrier_backend.simulator.ingrid import Ingrid
from carrier_backend.simulator.intigo import Intigo
from carrier_backend.simulator.mount import cut_lost_connections
from carrier_backend.simulator.parcel2go import Parcel2Go
from carrier_backend.simulator.settings import SimulatorSettings
from carrier_backend.simulator.world import Deliver, World

__all__ = ["SimulatorSettings", "create_simulator"]


def create_simulator(settings: SimulatorSettings | None = None, deliver: Deliver | None = None) -> Flask:
    """An app with books of its own.

    `deliver` posts a webhook (address, headers, body) and gives the status and body of the answer; it may
    raise what requests raises.
    """
    told = settings or SimulatorSettings()
    world = World(deliver or _post)
    world.enter(Intigo(world, told))
    world.enter(Parcel2Go(world, told))
    world.enter(Ecotrack(world, told))
    world.enter(Ingrid(world, told))
    app = Flask(__name__)
    for system in world.systems.values():
        app.register_blueprint(system.routes)
    app.register_blueprint(control_routes(world))
    app.wsgi_app = cut_lost_connections(app.wsgi_app)  # type: ignore[assignment, method-assign]  # as Flask says
    return app


def _post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, data=body, headers=headers, timeout=(3, 15), allow_redirects=False)
        return answer.status_code, answer.content
