"""OAuth clients, operators, merchants and their accounts with couriers; every change raises the revision."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from carrier_backend.domain.access import Client, Operator, Role
from carrier_backend.domain.errors import Conflict, Unknown
from carrier_backend.domain.products import Merchant
from carrier_backend.ports import Account
from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import (
    accounts,
    client_secrets,
    clients,
    failed_logins,
    merchants,
    operators,
    revision,
)
from carrier_backend.storage.types import dump, load


def current_revision(unit: Unit) -> int:
    """A number that every change of what lives in memory raises."""
    return unit.connection.execute(select(revision.c.number).where(revision.c.id == 1)).scalar() or 0


def raise_revision(unit: Unit) -> None:
    """Have every process read again what it keeps in memory."""
    statement = insert(unit, revision).values(id=1, number=1)
    unit.connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"number": revision.c.number + 1})
    )


def add_client(unit: Unit, client_id: str, name: str, digest: str) -> None:
    """Admit a new OAuth client; raises Conflict where the name is taken."""
    raise_revision(unit)  # first: of two that come at once, the second then sees the name
    # A name that is another's id would let an act upon the one hit the other.
    if unit.connection.execute(select(clients.c.id).where(or_(clients.c.name == name, clients.c.id == name))).first():
        raise Conflict(f"there is already a client named {name!r}")
    unit.connection.execute(clients.insert(), {"id": client_id, "name": name, "created_at": unit.now})
    _add_secret(unit, client_id, digest)


def _add_secret(unit: Unit, client_id: str, digest: str) -> None:
    unit.connection.execute(client_secrets.insert(), {"digest": digest, "client_id": client_id, "created_at": unit.now})


def find_client(unit: Unit, name: str) -> Client:
    """The client with that id or name; raises Unknown."""
    row = unit.connection.execute(select(clients).where(or_(clients.c.id == name, clients.c.name == name))).first()
    if row is None:
        raise Unknown(f"there is no client {name!r}")
    return Client(row.id, row.name, row.created_at, row.revoked_at)


def every_client(unit: Unit) -> list[Client]:
    """All clients, revoked ones too, oldest first."""
    rows = unit.connection.execute(select(clients).order_by(clients.c.created_at, clients.c.name))
    return [Client(row.id, row.name, row.created_at, row.revoked_at) for row in rows]


def rotate_client(unit: Unit, client_id: str, digest: str, overlap: timedelta) -> None:
    """Give a client a new secret; those it had stay valid for as long as the overlap."""
    unit.connection.execute(
        update(client_secrets)
        .where(
            client_secrets.c.client_id == client_id,
            or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > unit.now + overlap),
        )
        .values(expires_at=unit.now + overlap)
    )
    _add_secret(unit, client_id, digest)
    raise_revision(unit)


def revoke_client(unit: Unit, client_id: str) -> None:
    """Admit a client no longer."""
    unit.connection.execute(
        update(clients).where(clients.c.id == client_id, clients.c.revoked_at.is_(None)).values(revoked_at=unit.now)
    )
    unit.connection.execute(delete(client_secrets).where(client_secrets.c.client_id == client_id))
    raise_revision(unit)


def secrets_of(unit: Unit, client_id: str) -> list[str]:
    """The digests of a client's secrets that are valid now."""
    return list(
        unit.connection.execute(
            select(client_secrets.c.digest).where(
                client_secrets.c.client_id == client_id,
                or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > unit.now),
            )
        ).scalars()
    )


def failures_since(unit: Unit, subject: str, since: datetime) -> int:
    """How often a login as that subject failed since then."""
    return unit.connection.execute(
        select(func.count())
        .select_from(failed_logins)
        .where(failed_logins.c.subject == subject, failed_logins.c.at > since)
    ).scalar_one()


def note_failure(unit: Unit, subject: str) -> None:
    """Note that a login failed."""
    unit.connection.execute(failed_logins.insert(), {"subject": subject, "at": unit.now})


def forget_failures(unit: Unit, before: datetime) -> int:
    """Forget failed logins of long ago."""
    return unit.connection.execute(delete(failed_logins).where(failed_logins.c.at < before)).rowcount


def add_operator(unit: Unit, name: str, role: Role, digest: str) -> None:
    """Admit a new operator; raises Conflict where the name is taken."""
    raise_revision(unit)
    if unit.connection.execute(select(operators.c.name).where(operators.c.name == name)).first():
        raise Conflict(f"there is already an operator named {name!r}")
    unit.connection.execute(operators.insert(), {"name": name, "role": role, "digest": digest, "created_at": unit.now})


def every_operator(unit: Unit) -> list[tuple[str, Operator]]:
    """All operators, revoked ones too, oldest first, each with the digest of the token."""
    rows = unit.connection.execute(select(operators).order_by(operators.c.created_at, operators.c.name))
    return [(row.digest, Operator(row.name, Role(row.role), row.created_at, row.revoked_at)) for row in rows]


def revoke_operator(unit: Unit, name: str) -> None:
    """Admit an operator no longer; raises Unknown."""
    revoked = unit.connection.execute(update(operators).where(operators.c.name == name).values(revoked_at=unit.now))
    if not revoked.rowcount:
        raise Unknown(f"there is no operator {name!r}")
    raise_revision(unit)


def keep_merchant(unit: Unit, merchant: Merchant) -> None:
    """Keep a merchant in place of the earlier entry."""
    row = {
        "shipper_id": merchant.shipper_id,
        "sealed_merchant": unit.sealing.seal(dump(merchant)),
        "changed_at": unit.now,
    }
    statement = insert(unit, merchants).values(row)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["shipper_id"], set_=row))
    raise_revision(unit)


def every_merchant(unit: Unit) -> list[Merchant]:
    """All merchants, by shipper id."""
    rows = unit.connection.execute(select(merchants.c.sealed_merchant).order_by(merchants.c.shipper_id))
    return [load(unit.sealing.open(sealed), Merchant) for sealed in rows.scalars()]


def find_merchant(unit: Unit, shipper_id: str) -> Merchant | None:
    """The merchant of that shipper id."""
    query = select(merchants.c.sealed_merchant).where(merchants.c.shipper_id == shipper_id)
    sealed = unit.connection.execute(query).scalar_one_or_none()
    return load(unit.sealing.open(sealed), Merchant) if sealed else None


def keep_account(unit: Unit, shipper_id: str, courier: str, account: Account) -> None:
    """Keep a merchant's own account with a courier; it is held since the first of them was kept."""
    raise_revision(unit)  # first: of two that come at once, the second then sees the other
    kept = find_account(unit, shipper_id, courier)
    account = replace(account, since=kept.since if kept else unit.now)
    row = {
        "shipper_id": shipper_id,
        "courier": courier,
        "sealed_account": unit.sealing.seal(dump(account)),
        "changed_at": unit.now,
    }
    statement = insert(unit, accounts).values(row)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["shipper_id", "courier"], set_=row))


def find_account(unit: Unit, shipper_id: str, courier: str) -> Account | None:
    """A merchant's own account with a courier."""
    query = select(accounts.c.sealed_account)
    sealed = unit.connection.execute(
        query.where(accounts.c.shipper_id == shipper_id, accounts.c.courier == courier)
    ).scalar_one_or_none()
    return load(unit.sealing.open(sealed), Account) if sealed else None


def every_account(unit: Unit) -> dict[tuple[str, str], Account]:
    """All accounts of merchants' own, by courier and shipper id."""
    rows = unit.connection.execute(select(accounts))
    return {(row.courier, row.shipper_id): load(unit.sealing.open(row.sealed_account), Account) for row in rows}
