"""Who comes in at the Ecotrack tenant, how often, and what all answers tell about that."""

from collections.abc import Callable

from flask import Response, g, request

from carrier_backend.simulator import ecotrack_pages as pages
from carrier_backend.simulator.ecotrack_quota import Quota
from carrier_backend.simulator.ecotrack_rules import Refused
from carrier_backend.simulator.ecotrack_tenant import Tenant

LONGEST_READ, LONGEST_WRITE = 4000, 8000
"""How many bytes an address may have: more where an order may stand in it."""


class Guard:
    """Knows the token, and counts whoever has it. Not locked: its owner does that."""

    def __init__(self, token: str, quota: Quota, tenant: Callable[[], Tenant]) -> None:
        self._token = token
        self._quota = quota
        self._tenant = tenant

    def let_in(self, *, is_asked_about: bool) -> None:
        """Looks at the address first, then at the token, unless that is what is asked about, then at the quota."""
        longest = LONGEST_READ if request.method == "GET" else LONGEST_WRITE
        if len(request.full_path.encode()) > longest:
            raise Refused(414, pages.TOO_LONG)
        if not is_asked_about and not self._is_known():
            raise self._no_entry()
        retry_after = self._quota.admit()
        g.quota_headers = self._quota.headers(self._tenant().headers)
        if retry_after is not None:
            g.quota_headers = {**g.quota_headers, "Retry-After": retry_after}
            raise Refused(429, {"message": "Too Many Attempts."})

    def _is_known(self) -> bool:
        """By header, or by query as some clients have it; a wrong one anywhere is wrong."""
        given = {request.headers.get("Authorization", "").removeprefix("Bearer "), request.args.get("api_token", "")}
        return given - {""} == {self._token}

    def _no_entry(self) -> Refused:
        match self._tenant().strangers:
            case "page":
                return Refused(200, pages.LOGIN)
            case "redirect":
                g.location = f"{request.url_root}login"
                return Refused(302, pages.LOGIN)
        return Refused(401, {"message": "Unauthenticated."})


def tell_quota(response: Response) -> Response:
    """What is left goes with every answer, whatever it is."""
    response.headers.extend(g.get("quota_headers", {}))
    if "location" in g:
        response.headers["Location"] = g.location
    return response
