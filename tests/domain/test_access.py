"""Roles, and secrets of which only digests are kept."""

import pytest

from carrier_backend.domain.access import Role, digest, is_one_of, new_secret


@pytest.mark.parametrize(
    ("role", "needed", "may"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.VIEWER, Role.ADMIN, False),
        (Role.OPERATOR, Role.VIEWER, True),
        (Role.OPERATOR, Role.OPERATOR, True),
        (Role.OPERATOR, Role.ADMIN, False),
        (Role.ADMIN, Role.VIEWER, True),
        (Role.ADMIN, Role.OPERATOR, True),
        (Role.ADMIN, Role.ADMIN, True),
    ],
)
def test_a_role_includes_those_before_it(role: Role, needed: Role, may: bool) -> None:
    assert role.may_act_as(needed) is may


def test_a_secret_has_256_bits_and_is_new_each_time() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret) for secret in secrets} == {43}


def test_a_digest_does_not_hold_the_secret() -> None:
    assert digest("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"


def test_any_of_a_clients_secrets_will_do() -> None:
    digests = [digest("old"), digest("new")]
    assert is_one_of(digests, "old")
    assert is_one_of(digests, "new")


@pytest.mark.parametrize("secret", ["", "Old", "old ", digest("old"), "écrit autrement", "\ud800", "\x00"])
def test_nothing_else_will_do(secret: str) -> None:
    assert not is_one_of([digest("old")], secret)


@pytest.mark.parametrize("secret", ["", "anything"])
def test_who_has_no_secret_cannot_show_one(secret: str) -> None:
    assert not is_one_of([], secret)
