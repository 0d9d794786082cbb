"""Access tokens of one Parcel2Go account: fetched once for all threads, and renewed before they end."""

import re
import threading
from datetime import datetime, timedelta
from urllib.parse import urlencode

from carrier_backend.couriers.parcel2go.translate import NAME, as_number
from carrier_backend.domain.errors import LockedOut, Malformed, Unreachable
from carrier_backend.ports import Clock
from carrier_backend.support import strict_json
from carrier_backend.support.breaker import account_of
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.http import Http

SCOPES = "public-api payment"  # every call, and paying from the balance ("Access token")
TOKEN_SECONDS = 5
RENEWED_EARLY = 0.1  # of its life
FAILURE_SECONDS = 5
USUAL_SECONDS = 300  # where an answer does not say, which OAuth allows
_ERROR = re.compile(r"[a-z_]{1,40}")
_NO = frozenset({400, 401, 403})


class Tokens:
    """The token that is good now; whoever comes while it is being fetched waits for that one.

    With a `fault` of the address there is none to be had, so that nothing can be asked for there.
    """

    def __init__(
        self,
        http: Http,
        clock: Clock,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        fault: str | None = None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._url = f"{base_url}/auth/connect/token"
        self._account = account_of(self._url, client_id, client_secret)  # that tokens are to be had says nothing else
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._fault = fault
        self._fetching = threading.Lock()
        self._token = ""
        self._renew_at = float("-inf")
        self.ends_at: datetime | None = None
        """When the token that is held ends; None where none is."""
        self._failure: Unreachable | None = None
        self._failed_at = float("-inf")

    def current(self, refused: str = "") -> str:
        """A token other than the one that was refused; raises LockedOut or Unreachable."""
        if self._fault:
            raise LockedOut(NAME, "token", f"{self._url} {self._fault}")
        if not self._fetching.acquire(timeout=TOKEN_SECONDS + 1):
            raise Unreachable(NAME, "token", "nobody has got one yet")
        try:
            if self._token in ("", refused) or self._clock.monotonic() >= self._renew_at:
                self._fetch_once()
            return self._token
        finally:
            self._fetching.release()

    def renew(self) -> None:
        """Fetch a token though one is held; raises LockedOut or Unreachable."""
        self.current(refused=self._token)

    def _fetch_once(self) -> None:
        """Fetch; those who waited for one that did not come are told so, and need not wait as long again."""
        if self._failure is not None and self._clock.monotonic() - self._failed_at < FAILURE_SECONDS:
            raise type(self._failure)(NAME, "token", *self._failure.reasons)
        try:
            self._fetch()
        except Unreachable as failure:
            self._failure, self._failed_at = failure, self._clock.monotonic()
            raise

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
                account=self._account,
                shown=None,  # the secret goes out, and the token comes in
            )
        )
        if reply.status in _NO:  # OAuth says 400 to wrong credentials, and to a scope that is not enabled
            raise LockedOut(NAME, "token", f"answered {reply.status}", *_error(reply))
        self._token, seconds = _token(reply)
        self._renew_at = self._clock.monotonic() + seconds * (1 - RENEWED_EARLY)
        self.ends_at = self._clock.now() + timedelta(seconds=seconds)


def _error(reply: Reply) -> list[str]:
    """OAuth's word for what is wrong, such as `invalid_scope`, where one is given."""
    try:
        answer = strict_json.parse(reply.body)
    except Malformed:
        return []
    error = answer.get("error") if isinstance(answer, dict) else None
    return [error] if isinstance(error, str) and _ERROR.fullmatch(error) else []


def _token(reply: Reply) -> tuple[str, float]:
    """The token and its seconds, which may come as text like all their numbers."""
    match reply.json():
        case {"access_token": str(token), **others} if token:
            seconds = as_number(others.get("expires_in", USUAL_SECONDS))
            if seconds is not None and seconds > 0:
                return token, float(seconds)
    raise reply.garbled("the answer holds no token")
