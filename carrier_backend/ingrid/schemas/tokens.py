"""POST /oauth/token: what is asked and what is answered (original 003, section 1)."""

from typing import ClassVar

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text
from carrier_backend.ingrid import examples


class TokenRequest(Shape):
    """A client's credentials; `grant_type` need not be there."""

    described: ClassVar = {"examples": [examples.TOKEN_REQUEST]}

    client_id = Text(required=True)
    client_secret = Text(required=True)
    grant_type = Text(load_default="", metadata={"enum": ["client_credentials"]})


class TokenAnswer(Shape):
    """A bearer token, and for how many seconds it lasts."""

    described: ClassVar = {"examples": [examples.TOKEN_ANSWER]}

    access_token = fields.String()
    scope = fields.String(metadata={"enum": ["general"]})
    token_type = fields.String(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer()


TOKEN_REQUEST = TokenRequest()
TOKEN_ANSWER = TokenAnswer()
