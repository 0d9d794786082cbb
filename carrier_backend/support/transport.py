"""One attempt over the wire: its deadline, its size, its trace id, and what became of it."""

import requests

from carrier_backend.domain.errors import CounterpartError, LockedOut, Unanswered
from carrier_backend.support.call import Call, Reply

BODY_LIMIT_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 3
_PIECE_BYTES = 64 * 1024
_NOTHING_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)


class Transport:
    """Sends each call once over a session, and never follows where an answer points."""

    def __init__(self, session: requests.Session, *, body_limit_bytes: int, connect_seconds: float) -> None:
        self._session = session
        self._body_limit_bytes = body_limit_bytes
        self._connect_seconds = connect_seconds

    def attempt(self, call: Call, trace_id: str, seconds: float) -> Reply | CounterpartError:
        """What came back within so many seconds, or what is to be thought of nothing usable having come."""
        try:
            return self._exchange(call, trace_id, seconds)
        except _NOTHING_SENT as error:
            return Unanswered(call.who, call.operation, f"nothing was sent ({_cause(error)})")
        except (requests.RequestException, ValueError) as error:
            if _is_about_our_headers(error):
                told = f"nothing was sent: a credential cannot stand in a header ({_cause(error)})"
                return LockedOut(call.who, call.operation, told)
            reason = f"no whole answer came ({_cause(error)})"
            return call.lost(reason) if call.writes else Unanswered(call.who, call.operation, reason)

    def _exchange(self, call: Call, trace_id: str, seconds: float) -> Reply | CounterpartError:
        with self._session.request(
            call.method,
            call.url,
            params=list(call.params),
            data=call.body,
            headers={**call.headers, "x-trace-id": trace_id} if trace_id else dict(call.headers),
            timeout=(self._connect_seconds, seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = self._body(response)
        if body is None:
            return call.lost(f"the answer is longer than {self._body_limit_bytes} bytes")
        return Reply(call, response.status_code, response.headers, body)

    def _body(self, response: requests.Response) -> bytes | None:
        body = bytearray()
        for piece in response.iter_content(_PIECE_BYTES):
            body += piece
            if len(body) > self._body_limit_bytes:
                return None
        return bytes(body)


def _is_about_our_headers(error: Exception) -> bool:
    """Whether they could not be written, so that nothing was sent; of them, credentials alone are not of our making."""
    is_unwritten = isinstance(error, requests.exceptions.InvalidHeader) and error.request is None
    return is_unwritten or isinstance(error, UnicodeEncodeError)


def _cause(error: BaseException) -> str:
    """The first cause's kind; the texts of the libraries hold addresses."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return type(error).__name__
