"""The admin routes about who takes part: OAuth clients, operators, merchants and their accounts with couriers."""

from carrier_backend import current
from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import Fault, Malformed
from carrier_backend.doors.bodies import Loaded
from carrier_backend.doors.shapes import NOTHING
from carrier_backend.operators.access import by, operator_may
from carrier_backend.operators.blueprints import Blueprint
from carrier_backend.operators.merchants import merchant_of
from carrier_backend.operators.schemas import answered, asked
from carrier_backend.ports import Account

credentials = Blueprint("credentials", "Who takes part, and by which credentials")


@credentials.route("/clients")
@operator_may(Role.ADMIN)
@credentials.arguments(asked.Everything(), location="query")
@credentials.response(200, answered.page_of(answered.Client()))
def list_clients(_: Loaded) -> object:
    """All OAuth clients, revoked ones too."""
    return {"items": current.backend().oversee.clients()}


@credentials.route("/clients", methods=["POST"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.NewClient())
@credentials.response(200, answered.ClientSecret())
def add_client(wanted: Loaded) -> object:
    """Admit an OAuth client; its secret is shown this once."""
    return current.backend().oversee.add_client(wanted["name"], by(wanted["reason"]))


@credentials.route("/clients/<name:client>/rotate", methods=["POST"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.Act())
@credentials.response(200, answered.ClientSecret())
def rotate_client(wanted: Loaded, client: str) -> object:
    """Give a client, by id or name, a new secret; the old one stays valid for 24 hours beside it."""
    return current.backend().oversee.rotate_client(client, by(wanted["reason"]))


@credentials.route("/clients/<name:client>", methods=["DELETE"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.Act())
@credentials.response(200, NOTHING)
def revoke_client(wanted: Loaded, client: str) -> object:
    """Admit a client, by id or name, no longer; its tokens end with it."""
    current.backend().oversee.revoke_client(client, by(wanted["reason"]))
    return {}


@credentials.route("/operators")
@operator_may(Role.ADMIN)
@credentials.arguments(asked.Everything(), location="query")
@credentials.response(200, answered.page_of(answered.Operator()))
def list_operators(_: Loaded) -> object:
    """All operators, revoked ones too."""
    return {"items": current.backend().oversee.operators()}


@credentials.route("/operators", methods=["POST"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.NewOperator())
@credentials.response(200, answered.OperatorToken())
def add_operator(wanted: Loaded) -> object:
    """Admit an operator; the token is shown this once."""
    name, role = wanted["name"], Role(wanted["role"])
    token = current.backend().oversee.add_operator(name, role, by(wanted["reason"]))
    return {"name": name, "role": role, "token": token}


@credentials.route("/operators/<name:name>", methods=["DELETE"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.Act())
@credentials.response(200, NOTHING)
def revoke_operator(wanted: Loaded, name: str) -> object:
    """Admit an operator no longer."""
    current.backend().oversee.revoke_operator(name, by(wanted["reason"]))
    return {}


@credentials.route("/merchants")
@operator_may(Role.VIEWER)
@credentials.arguments(asked.Everything(), location="query")
@credentials.response(200, answered.page_of(answered.Merchant()))
def list_merchants(_: Loaded) -> object:
    """All merchants, each as one is written in merchants.toml."""
    return {"items": current.backend().oversee.merchants()}


@credentials.route("/merchants/<name:shipper_id>", methods=["PUT"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.PutMerchant())
@credentials.response(200, NOTHING)
def put_merchant(wanted: Loaded, shipper_id: str) -> object:
    """Keep a merchant in place of the earlier entry, as one is written in merchants.toml."""
    if wanted.get("shipper_id", shipper_id) != shipper_id:
        raise Malformed(Fault("is not the one in the path", "shipper_id"))
    merchant = merchant_of({**wanted, "shipper_id": shipper_id})
    current.backend().oversee.put_merchant(merchant, by(wanted["reason"]))
    return {}


@credentials.route("/merchants/<name:shipper_id>/accounts/<name:courier>", methods=["PUT"])
@operator_may(Role.ADMIN)
@credentials.arguments(asked.PutAccount())
@credentials.response(200, NOTHING)
def put_account(wanted: Loaded, shipper_id: str, courier: str) -> object:
    """Keep a merchant's own account with a courier; it is stored encrypted and never shown."""
    account = Account(wanted["base_url"], wanted["credentials"], tuple(wanted["webhook_secrets"]))
    current.backend().oversee.put_account(shipper_id, courier, account, by(wanted["reason"]))
    return {}
