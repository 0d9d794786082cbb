"""The simulator on a port of this machine, and what a backend has to be told to meet it there."""

from collections.abc import Mapping
from dataclasses import replace
from secrets import token_urlsafe
from threading import Thread
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from carrier_backend.simulator import SimulatorSettings, create_simulator


def agree_with(backend_url: str) -> SimulatorSettings:
    """Settings with the webhooks registered at that backend, and with secrets that nobody else knows."""
    secrets = SimulatorSettings(
        intigo_api_key=token_urlsafe(32),
        intigo_webhook_token=token_urlsafe(32),
        parcel2go_client_secret=token_urlsafe(32),
        parcel2go_webhook_secret=token_urlsafe(32),
        ecotrack_api_token=token_urlsafe(32),
        ingrid_hmac_secrets=(token_urlsafe(32),),
        ingrid_api_token=token_urlsafe(32),
    )
    return registered_at(backend_url, secrets)


def registered_at(backend_url: str, settings: SimulatorSettings) -> SimulatorSettings:
    """The same settings, with the webhooks registered at that backend."""
    return replace(
        settings,
        intigo_status_url=f"{backend_url}/webhooks/intigo/status",
        intigo_parcels_url=f"{backend_url}/webhooks/intigo/parcels",
        parcel2go_webhook_url=f"{backend_url}/webhooks/parcel2go",
    )


class SimulatorServer:
    """Serves for as long as its context lasts; port 0 takes one that is free."""

    def __init__(self, port: int = 0, settings: SimulatorSettings | None = None) -> None:
        self.settings = settings or SimulatorSettings()
        app = create_simulator(self.settings)
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self._thread = Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def backend_environment(self) -> Mapping[str, str]:
        """The variables that lead a backend here, with the secrets agreed on."""
        webhook_token = self.settings.intigo_webhook_token or self.settings.intigo_api_key
        return {
            "INTIGO_BASE_URL": f"{self.url}/intigo",
            "INTIGO_API_KEY": self.settings.intigo_api_key,
            "INTIGO_WEBHOOK_TOKEN": webhook_token,
            "PARCEL2GO_BASE_URL": f"{self.url}/parcel2go",
            "PARCEL2GO_CLIENT_ID": self.settings.parcel2go_client_id,
            "PARCEL2GO_CLIENT_SECRET": self.settings.parcel2go_client_secret,
            "PARCEL2GO_WEBHOOK_SECRET": self.settings.parcel2go_webhook_secret,
            "ECOTRACK_BASE_URL": f"{self.url}/ecotrack",
            "ECOTRACK_API_TOKEN": self.settings.ecotrack_api_token,
            "INGRID_BASE_URL": f"{self.url}/ingrid",
            "INGRID_CARRIER": self.settings.ingrid_carrier,
            "INGRID_HMAC_SECRET": self.settings.ingrid_hmac_secrets[0],
            "INGRID_API_TOKEN": self.settings.ingrid_api_token,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: whoever wants to know what happened asks for /_state."""
