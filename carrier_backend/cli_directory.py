"""Clients, operators and merchants on the command line; what is asked for goes to standard output as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from carrier_backend.bootstrap import boot
from carrier_backend.config_files import read_merchants
from carrier_backend.domain.access import Role
from carrier_backend.domain.errors import Fault, Malformed, Refusal, raise_faults
from carrier_backend.domain.products import Merchant
from carrier_backend.services.oversee import COMMAND_LINE, By, Oversee

BY = By(COMMAND_LINE, "by hand")


def _say(answer: Mapping[str, object] | Sequence[object]) -> None:
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str))


@click.group()
def clients() -> None:
    """OAuth clients: Ingrid, as a rule."""


@clients.command("add")
@click.argument("name")
def add_client(name: str) -> None:
    """Admit a new client; its secret is shown once."""
    _say(asdict(boot().oversee.add_client(name, BY)))


@clients.command("list")
def list_clients() -> None:
    """All clients, revoked ones too."""
    _say([asdict(client) for client in boot().oversee.clients()])


@clients.command("rotate")
@click.argument("name")
def rotate_client(name: str) -> None:
    """Give a client, by name or id, a new secret; the old one stays valid for 24 hours."""
    _say(asdict(boot().oversee.rotate_client(name, BY)))


@clients.command("revoke")
@click.argument("name")
def revoke_client(name: str) -> None:
    """Admit a client, by name or id, no longer."""
    boot().oversee.revoke_client(name, BY)
    _say({"revoked": name})


@click.group()
def operators() -> None:
    """People who operate this carrier."""


@operators.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def add_operator(name: str, role: str) -> None:
    """Admit a new operator; the token is shown once."""
    token = boot().oversee.add_operator(name, Role(role), BY)
    _say({"name": name, "role": role, "token": token})


@operators.command("list")
def list_operators() -> None:
    """All operators, revoked ones too."""
    _say([asdict(operator) for operator in boot().oversee.operators()])


@operators.command("revoke")
@click.argument("name")
def revoke_operator(name: str) -> None:
    """Admit an operator no longer."""
    boot().oversee.revoke_operator(name, BY)
    _say({"revoked": name})


@click.group()
def merchants() -> None:
    """Shops that parcels are booked for."""


@merchants.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_merchants(file: Path) -> None:
    """Take in the shops of a TOML file, or update them."""
    written = read_merchants(file)
    backend = boot()
    raise_faults(Malformed, [fault for merchant in written for fault in _import(backend.oversee, merchant)])
    clients_there = {client.name for client in backend.oversee.clients()}
    for merchant in written:
        for name in sorted(merchant.couriers.keys() - backend.couriers.keys()):
            click.echo(f"{merchant.shipper_id}: its terms with {name} are kept, but {name} is not enabled", err=True)
        for name in sorted((merchant.clients or frozenset()) - clients_there):
            click.echo(f"{merchant.shipper_id}: there is no client {name!r} yet that may book for it", err=True)
    _say({"imported": [merchant.shipper_id for merchant in written]})


def _import(oversee: Oversee, merchant: Merchant) -> Sequence[Fault]:
    """Why a shop was not taken in; those beside it are."""
    try:
        oversee.put_merchant(merchant, BY, may_await_clients=True)
    except Refusal as refusal:
        return [Fault(str(fault), f"merchant {merchant.shipper_id}") for fault in refusal.faults]
    return []


@merchants.command("list")
def list_merchants() -> None:
    """All shops."""
    _say([_shown(merchant) for merchant in boot().oversee.merchants()])


def _shown(merchant: Merchant) -> Mapping[str, object]:
    shown = {"shipper_id": merchant.shipper_id, "name": merchant.name, "site_id": merchant.site_id}
    clients = None if merchant.clients is None else sorted(merchant.clients)
    return {**shown, "clients": clients, "couriers": sorted(merchant.couriers)}
