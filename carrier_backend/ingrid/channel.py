"""Ingrid's webhook for status updates: sign the exact bytes, send the exact bytes (original 003, part 6)."""

from collections.abc import Sequence
from urllib.parse import quote

from carrier_backend.domain.errors import Declined, LockedOut
from carrier_backend.support import signing
from carrier_backend.support.call import Call, Reply
from carrier_backend.support.http import Http

WHO = "ingrid"
# What may be kept of an exchange for operators; a status may be a courier's own words.
_SHOWN = frozenset({"site_id", "barcode", "shipping_method", "shipper_id", "event_time", "start", "end"})
_OPERATION = "update status"
_SECONDS = 15
_WHAT_TO_SEE = "see INGRID_HMAC_SECRET and INGRID_CARRIER"
_INVALID_SIGNATURE = "invalid or missing authorization header"


class IngridChannel:
    """Sends status updates (a StatusChannel); a second secret is tried where the first is not accepted."""

    def __init__(self, http: Http, base_url: str, carrier: str, secrets: Sequence[str]) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/v1/integrations/{quote(carrier, safe='')}/update.status"
        self._secrets = secrets

    def send(self, body: bytes, site_id: str) -> None:
        """Sign and send exactly these bytes; raises Declined, Unreachable, LockedOut or Unsure."""
        *current, last = self._secrets
        for secret in current:
            try:
                return self._send(body, site_id, secret)
            except LockedOut:
                continue  # they may have gone over to the next secret already
        return self._send(body, site_id, last)

    def _send(self, body: bytes, site_id: str, secret: str) -> None:
        try:
            self._http.send(self._call(body, site_id, secret))
        except (Declined, LockedOut) as no:
            # The original shows this message without a status, so that it may come with any.
            if isinstance(no, LockedOut) or _INVALID_SIGNATURE in no.reasons:
                told = (*no.reasons, _WHAT_TO_SEE)
                raise LockedOut(WHO, _OPERATION, *told, retry_after_seconds=no.retry_after_seconds) from no
            raise

    def _call(self, body: bytes, site_id: str, secret: str) -> Call:
        return Call(
            who=WHO,
            operation=_OPERATION,
            method="POST",
            url=self._url,
            writes=True,
            headers={
                "Authorization": f"HMAC-SHA256 {signing.sign(secret, body)}",
                "Content-Type": "application/json",
            },
            params=(("site_id", site_id),),
            body=body,
            seconds=_SECONDS,
            shown=_SHOWN,
            reasons=messages,
        )


def messages(reply: Reply) -> Sequence[str]:
    """The messages of an answer {"errors": [{"message"}]}; none where it has another shape."""
    match reply.json():
        case {"errors": [*faults]}:
            return [message for fault in faults if (message := _message(fault))]
    return []


def _message(fault: object) -> str:
    match fault:
        case {"message": str(message)}:
            return message
    return ""
