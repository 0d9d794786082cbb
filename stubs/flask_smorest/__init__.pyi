"""What this project uses of flask-smorest, which has no type hints of its own."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from apispec import APISpec
from flask import Blueprint as FlaskBlueprint
from flask import Flask, Response
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

_View = TypeVar("_View", bound=Callable[..., object])
_Schema = type[Schema] | Schema
_Documented = Mapping[str, Any]

class Blueprint(FlaskBlueprint):
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: ClassVar[dict[str, str]]
    ARGUMENTS_PARSER: ClassVar[Any]
    def __init__(self, name: str, import_name: str, *, description: str = "", **options: Any) -> None: ...
    def route(
        self,
        rule: str,
        *,
        parameters: list[str | _Documented] | None = None,
        tags: list[str] | None = None,
        **options: Any,
    ) -> Callable[[_View], _View]: ...
    def arguments(
        self,
        schema: _Schema,
        *,
        location: str = "json",
        content_type: str | None = None,
        required: bool = True,
        description: str | None = None,
        example: _Documented | None = None,
        examples: _Documented | None = None,
        **options: Any,
    ) -> Callable[[_View], _View]: ...
    def response(
        self,
        status_code: int,
        schema: _Schema | str | _Documented | None = None,
        *,
        content_type: str | None = None,
        description: str | None = None,
        example: _Documented | None = None,
        examples: _Documented | None = None,
        headers: _Documented | None = None,
    ) -> Callable[[Callable[..., object]], Callable[..., Response]]: ...
    def alt_response(
        self,
        status_code: int,
        response: str | None = None,
        *,
        schema: _Schema | str | _Documented | None = None,
        content_type: str | None = None,
        description: str | None = None,
        example: _Documented | None = None,
        examples: _Documented | None = None,
        headers: _Documented | None = None,
        success: bool = False,
    ) -> Callable[[_View], _View]: ...
    @staticmethod
    def doc(**documentation: Any) -> Callable[[_View], _View]: ...

class Api:
    ERROR_SCHEMA: ClassVar[type[Schema]]
    spec: APISpec
    def __init__(
        self, app: Flask | None = None, *, spec_kwargs: dict[str, Any] | None = None, config_prefix: str = ""
    ) -> None: ...
    def init_app(self, app: Flask, *, spec_kwargs: dict[str, Any] | None = None) -> None: ...
    def register_converter(self, converter: type[BaseConverter], func: Callable[[Any], Mapping[str, Any]]) -> None: ...
    def register_blueprint(
        self, blp: FlaskBlueprint, *, parameters: list[_Documented] | None = None, **options: Any
    ) -> None: ...
    def handle_http_exception(self, error: HTTPException) -> ResponseReturnValue: ...
