"""Access tokens of one Parcel2Go account: fetched once for all threads, and renewed before they end."""

import threading
from urllib.parse import urlencode

from carrier_backend.domain.errors import LockedOut
from carrier_backend.ports import Clock
from carrier_backend.support.http import Call, Http

NAME = "parcel2go"
SCOPES = "public-api payment"  # every call, and paying from the balance ("Access token")
TOKEN_SECONDS = 5
RENEWED_EARLY = 0.1  # of its life
_NO = frozenset({400, 401, 403})


class Tokens:
    """The token that is good now; whoever comes while it is being fetched waits for that one."""

    def __init__(self, http: Http, clock: Clock, base_url: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._clock = clock
        self._url = f"{base_url}/auth/connect/token"
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._fetching = threading.Lock()
        self._token = ""
        self._renew_at = float("-inf")

    def current(self, refused: str = "") -> str:
        """A token other than the one that was refused; raises LockedOut or Unreachable."""
        with self._fetching:
            if self._token in ("", refused) or self._clock.monotonic() >= self._renew_at:
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials", "scope": SCOPES, **self._credentials}
        reply = self._http.send(
            Call(
                who=NAME,
                operation="token",
                method="POST",
                url=self._url,
                writes=False,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
                seconds=TOKEN_SECONDS,
                answers=_NO,
            )
        )
        if reply.status in _NO:  # OAuth says 400 to wrong credentials, and to a scope that is not enabled
            raise LockedOut(NAME, "token", f"answered {reply.status}")
        match reply.json():
            case {"access_token": str(token), "expires_in": int(seconds)} if token and seconds > 0:
                self._token = token
                self._renew_at = self._clock.monotonic() + seconds * (1 - RENEWED_EARLY)
            case _:
                raise reply.garbled("the answer holds no token")
