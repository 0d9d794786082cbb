"""Every place in every request where a text may stand, found in the description: a new field is found there too."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Described = Mapping[str, Any]
Way = tuple[str | int, ...]

KEY = "<key>"
"""The last step of a way: not a value, but the name of one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that can be asked; `example` is a body that would be read."""

    method: str
    path: str
    example: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text may stand: in the path, in the query, or on some way into the body."""

    operation: Operation
    where: str
    way: Way

    def __str__(self) -> str:
        return f"{self.operation} {self.where} {'.'.join(map(str, self.way))}"

    def request(self, text: str, known: Mapping[str, str], body: Any) -> tuple[str, Any]:
        """Path and body of a request with the text there, and with what is known everywhere else."""
        parts = {**known, str(self.way[0]): text} if self.where == "path" else known
        path = self.operation.path
        for name, value in parts.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        if self.where == "query":
            path = f"{path}?{quote(str(self.way[0]))}={quote(text, safe='')}"
        return path, _with(deepcopy(body), self.way, text) if self.where == "body" else body


def operations(told: Described) -> Iterator[tuple[Operation, Described]]:
    """All that is described, each with its description."""
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            if method != "parameters":
                content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
                parameters = [*methods.get("parameters", []), *one.get("parameters", [])]
                operation = Operation(method.upper(), path, content.get("example"))
                yield operation, {"parameters": parameters, "schema": content.get("schema")}


def places(told: Described) -> Iterator[Place]:
    """All of them."""
    for operation, described in operations(told):
        for parameter in described["parameters"]:
            yield Place(operation, parameter["in"], (parameter["name"],))
        if described["schema"] is not None:
            for way in _ways(told, described["schema"], ()):
                yield Place(operation, "body", way)


def _ways(told: Described, schema: Described, way: Way) -> Iterator[Way]:
    if "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", [])
    if "string" in ([kinds] if isinstance(kinds, str) else kinds):
        yield way
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _ways(told, one, way)
    for name, inner in schema.get("properties", {}).items():
        yield from _ways(told, inner, (*way, name))
    if isinstance(items := schema.get("items"), Mapping):
        yield from _ways(told, items, (*way, 0))
    if isinstance(others := schema.get("additionalProperties"), Mapping):
        yield from ((*way, KEY), (*way, "any"))
        yield from (inner for inner in _ways(told, others, (*way, "any")) if inner != (*way, "any"))


def _with(body: Any, way: Way, text: str) -> Any:
    """A body with the text at the end of the way, whatever is missing on it being made."""
    if not way:
        return text
    step, *rest = way
    if step == KEY:
        return {**body, text: "any"} if isinstance(body, dict) else {text: "any"}
    if isinstance(step, int):
        first = body[0] if isinstance(body, list) and body else None
        return [_with(first, tuple(rest), text)]
    holder = body if isinstance(body, dict) else {}
    return {**holder, step: _with(holder.get(step), tuple(rest), text)}
