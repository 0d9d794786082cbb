"""What the pretended systems were told about us when we signed up with them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Keys, secrets and registered webhooks, with values that suit a demonstration on one machine.

    A webhook address of None is one that nobody registered. Without `intigo_webhook_token` the bearer token
    is the API key, as Intigo's document says. `intigo_creation_seconds` is how long creating takes when all
    is well. Parcel2Go's scopes are those that our client was enabled for; its balance is in pounds. Any of
    `ingrid_hmac_secrets` makes a good signature: two stand there while a secret is rotated.
    """

    intigo_api_key: str = "simulated-intigo-api-key-0123456789"
    intigo_status_url: str | None = "http://127.0.0.1:8000/webhooks/intigo/status"
    intigo_parcels_url: str | None = "http://127.0.0.1:8000/webhooks/intigo/parcels"
    intigo_webhook_token: str | None = None
    intigo_creation_seconds: float = 0.0
    parcel2go_client_id: str = "simulated-parcel2go-client"
    parcel2go_client_secret: str = "simulated-parcel2go-secret-0123456789"  # noqa: S105  # of a pretended system
    parcel2go_webhook_secret: str = "simulated-parcel2go-webhook-secret-0123456789"  # noqa: S105  # likewise
    parcel2go_webhook_url: str | None = "http://127.0.0.1:8000/webhooks/parcel2go"
    parcel2go_scopes: tuple[str, ...] = ("public-api", "payment")
    parcel2go_token_seconds: float = 7200.0
    parcel2go_balance: str = "1000.00"
    ecotrack_api_token: str = "simulated-ecotrack-api-token-0123456789"  # noqa: S105  # likewise
    ingrid_carrier: str = "carrier-backend"
    ingrid_hmac_secrets: tuple[str, ...] = ("simulated-ingrid-hmac-secret-0123456789",)
    ingrid_api_token: str = "simulated-ingrid-api-token-0123456789"  # noqa: S105  # likewise
