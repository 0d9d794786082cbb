"""What couriers and Ingrid say in words of their own may name somebody: it is sealed, and told apart by a digest."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_ONCE = 1000
_CODE = re.compile(r"[A-Za-z0-9_.:+-]{1,64}", re.ASCII)
_LONG = re.compile(r".{47}-([0-9a-f]{16})", re.DOTALL)

_Change = Callable[[sa.Row[Any]], Mapping[str, object]]


def upgrade() -> None:
    """What stood there openly is overwritten first: PostgreSQL leaves the values of a dropped column in their rows."""
    op.add_column("events", sa.Column("sealed_words", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("sealed_body", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("sealed_error", sa.LargeBinary(), nullable=True))
    op.add_column("attempts", sa.Column("sealed_note", sa.LargeBinary(), nullable=True))
    op.add_column("destinations", sa.Column("sealed_reason", sa.LargeBinary(), nullable=True))
    op.add_column("destinations", sa.Column("sealed_refusal", sa.LargeBinary(), nullable=True))
    _change("events", "id", ("code", "text"), _seal_words)
    _change("messages", "id", ("body", "error"), _seal_message)
    _change("attempts", "id", ("note",), lambda row: {"sealed_note": _sealed(row.note), "note": ""})
    _change("destinations", "name", ("reason", "refusal"), _seal_destination)
    for table, column in (("events", "text"), ("messages", "body"), ("messages", "error"), ("attempts", "note")):
        op.drop_column(table, column)
    op.drop_column("destinations", "reason")
    op.drop_column("destinations", "refusal")


def downgrade() -> None:
    """The codes of what came in words stay digests: what they were made of stands in the text."""
    op.add_column("events", sa.Column("text", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("body", sa.LargeBinary(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("error", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("destinations", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("destinations", sa.Column("refusal", sa.Text(), nullable=True))
    _change("events", "id", ("sealed_words",), lambda row: {"text": _words(row.sealed_words)})
    _change("messages", "id", ("sealed_body", "sealed_error"), _open_message)
    _change("attempts", "id", ("sealed_note",), lambda row: {"note": _opened(row.sealed_note) or ""})
    _change("destinations", "name", ("sealed_reason", "sealed_refusal"), _open_destination)
    for table, column in (
        ("events", "sealed_words"),
        ("messages", "sealed_body"),
        ("messages", "sealed_error"),
        ("attempts", "sealed_note"),
        ("destinations", "sealed_reason"),
        ("destinations", "sealed_refusal"),
    ):
        op.drop_column(table, column)


def _change(table: str, key: str, read: tuple[str, ...], change: _Change) -> None:
    """Give every row what its own columns come to, a group at a time."""
    connection = op.get_bind()
    rows = sa.table(table, *map(sa.column, dict.fromkeys((key, *read))))
    last: object = None
    while True:
        query = sa.select(rows).order_by(rows.c[key]).limit(AT_ONCE)
        group = connection.execute(query if last is None else query.where(rows.c[key] > last)).all()
        if not group:
            return
        changed = [{"of_row": getattr(row, key), **change(row)} for row in group]
        values: dict[str, sa.BindParameter[object]] = {
            name: sa.bindparam(name) for name in changed[0] if name != "of_row"
        }
        columns = sa.table(table, sa.column(key), *map(sa.column, values))
        update = sa.update(columns).where(columns.c[key] == sa.bindparam("of_row")).values(values)
        connection.execute(update, changed)
        last = getattr(group[-1], key)


def _seal_words(row: sa.Row[Any]) -> Mapping[str, object]:
    words = json.dumps([row.code, row.text], ensure_ascii=False)
    return {"code": _key(row.code), "sealed_words": _sealed(words), "text": ""}


def _key(code: str) -> str:
    if _CODE.fullmatch(code) and not _LONG.fullmatch(code):
        return code
    long = _LONG.fullmatch(code)
    return f"text-{long[1] if long else hashlib.sha256(code.encode()).hexdigest()[:16]}"


def _seal_message(row: sa.Row[Any]) -> Mapping[str, object]:
    return {
        "sealed_body": context.config.attributes["sealing"].seal(bytes(row.body)),
        "sealed_error": _sealed(row.error),
        "body": b"",
        "error": None,
    }


def _seal_destination(row: sa.Row[Any]) -> Mapping[str, object]:
    sealed = {"sealed_reason": _sealed(row.reason), "sealed_refusal": _sealed(row.refusal)}
    return {**sealed, "reason": None, "refusal": None}


def _open_message(row: sa.Row[Any]) -> Mapping[str, object]:
    return {"body": (_opened(row.sealed_body) or "").encode(), "error": _opened(row.sealed_error)}


def _open_destination(row: sa.Row[Any]) -> Mapping[str, object]:
    return {"reason": _opened(row.sealed_reason), "refusal": _opened(row.sealed_refusal)}


def _words(sealed: bytes | None) -> str:
    words = _opened(sealed)
    return str(json.loads(words)[1]) if words else ""


def _sealed(text: str | None) -> bytes | None:
    sealed: bytes | None = None if text is None else context.config.attributes["sealing"].seal(text.encode())
    return sealed


def _opened(sealed: bytes | None) -> str | None:
    text: str | None = None if sealed is None else context.config.attributes["sealing"].open(bytes(sealed)).decode()
    return text
