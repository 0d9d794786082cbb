"""What merchants spend with couriers, day by day: a row for each purpose, which counts once."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete, func, select

from carrier_backend.storage.statements import insert
from carrier_backend.storage.store import Unit
from carrier_backend.storage.tables import merchants, spendings

_THOUSANDTHS = 1000  # of any money: none has finer coins


def spend(
    unit: Unit, courier: str, shipper_id: str, day: date, purpose: str, amount: Decimal, limit: Decimal | None
) -> bool:
    """Count an amount towards the day, in place of what the purpose counted before; False beyond the limit."""
    thousandths = _counted(amount)
    if limit is not None and _others(unit, courier, shipper_id, day, purpose) + thousandths > _counted(limit):
        return False
    row = {
        "courier": courier,
        "purpose": purpose,
        "shipper_id": shipper_id,
        "day": day.isoformat(),
        "thousandths": thousandths,
        "spent_at": unit.now,
    }
    statement = insert(unit, spendings).values(row)
    unit.connection.execute(statement.on_conflict_do_update(index_elements=["courier", "purpose"], set_=row))
    return True


def _others(unit: Unit, courier: str, shipper_id: str, day: date, purpose: str) -> int:
    """What the day's other purposes come to; nobody adds to it until the transaction ends."""
    merchant = select(merchants.c.shipper_id).where(merchants.c.shipper_id == shipper_id)
    unit.connection.execute(merchant.with_for_update())
    total = select(func.coalesce(func.sum(spendings.c.thousandths), 0)).where(
        spendings.c.courier == courier,
        spendings.c.shipper_id == shipper_id,
        spendings.c.day == day.isoformat(),
        spendings.c.purpose != purpose,
    )
    return int(unit.connection.execute(total).scalar_one())


def spent(unit: Unit, courier: str, since: date) -> dict[str, Decimal]:
    """What each merchant spent from that day on."""
    totals = (
        select(spendings.c.shipper_id, func.sum(spendings.c.thousandths).label("thousandths"))
        .where(spendings.c.courier == courier, spendings.c.day >= since.isoformat())
        .group_by(spendings.c.shipper_id)
    )
    return {row.shipper_id: amount(row.thousandths) for row in unit.connection.execute(totals)}


def take_back(unit: Unit, courier: str, purpose: str) -> None:
    """Count what was spent for a purpose no longer."""
    unit.connection.execute(delete(spendings).where(spendings.c.courier == courier, spendings.c.purpose == purpose))


def forget(unit: Unit, before: datetime) -> None:
    """Days long gone are nobody's limit."""
    unit.connection.execute(delete(spendings).where(spendings.c.spent_at < before))


def amount(thousandths: int) -> Decimal:
    """The money that is kept as so many thousandths."""
    return Decimal(int(thousandths)) / _THOUSANDTHS


def _counted(amount: Decimal) -> int:
    return round(amount * _THOUSANDTHS)
