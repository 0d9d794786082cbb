"""Whether parcels, and the money for them, are real: said by the setting and by each address, which have to agree."""

from carrier_backend.support.destinations import host_of

PRODUCTION = "https://www.parcel2go.com"
SANDBOX_HOST = "sandbox.parcel2go.com"


def mixed_up(base_url: str, is_live: bool | None) -> str | None:
    """What is wrong with that address where parcels are said to be real, or not to be; None where nothing is said."""
    host = host_of(base_url)
    if is_live and host == SANDBOX_HOST:
        return "is the sandbox, where PARCEL2GO_LIVE says yes"
    if is_live is False and host != SANDBOX_HOST and f".{host}".endswith(".parcel2go.com"):
        return "is where real money is spent, where PARCEL2GO_LIVE says no"
    return None
