"""POST /oauth/token: what is asked and what is answered (original 003, section 1)."""

from marshmallow import fields

from carrier_backend.doors.fields import Shape, Text


class TokenRequest(Shape):
    """A client's credentials; `grant_type` need not be there."""

    client_id = Text(required=True)
    client_secret = Text(required=True)
    grant_type = Text(load_default="")


class TokenAnswer(Shape):
    """A bearer token, and for how many seconds it lasts."""

    access_token = Text()
    scope = Text(metadata={"enum": ["general"]})
    token_type = Text(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer()


TOKEN_REQUEST = TokenRequest()
TOKEN_ANSWER = TokenAnswer()
