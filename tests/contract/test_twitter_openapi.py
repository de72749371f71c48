"""Every X request that really reaches a server validates against X's own OpenAPI document (2.167)."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import ValidationError
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from syndicator.platforms import load
from syndicator.sandbox import Sandbox
from tests.contract.test_twitter import TwitterHooks
from tests.contract.workbench import now, picture
from tests.shared import shared

DOCUMENT = "urn:x-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it arrived."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content_type: str
    authorization: str
    body: bytes


@pytest.fixture
def recorder(sandbox: Sandbox) -> Iterator[tuple[str, list[Sent]]]:
    """A server in front of the sandbox that passes everything on and keeps it; the Host header (signed) stays."""
    sent: list[Sent] = []
    target = urlsplit(sandbox.urls.x)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            sent.append(
                Sent(
                    method=self.command,
                    path=parts.path.removeprefix(target.path),
                    query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                    content_type=self.headers.get("Content-Type", ""),
                    authorization=self.headers.get("Authorization", ""),
                    body=body,
                )
            )
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=5)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
            connection.close()

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{target.path}", sent
    server.shutdown()
    server.server_close()


class Api:
    """X's OpenAPI document, asked about single requests."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = Resource(contents=document, specification=DRAFT4)
        self._registry = Registry().with_resource(DOCUMENT, resource)

    def operation(self, sent: Sent) -> dict[str, Any]:
        for path, methods in self.document["paths"].items():
            names, parts = path.split("/"), sent.path.split("/")
            same = len(names) == len(parts) and all(n == p or n[:1] == "{" for n, p in zip(names, parts, strict=True))
            if same and ("{" not in path or sent.path not in self.document["paths"]):
                found: dict[str, Any] = methods[sent.method.lower()]
                return found
        raise AssertionError(f"no such path: {sent.path}")

    def check(self, schema: dict[str, Any], value: Any) -> None:
        text = json.dumps(schema).replace('"#/components', f'"{DOCUMENT}#/components')
        OAS30Validator(json.loads(text), registry=self._registry).validate(value)

    def check_request(self, sent: Sent) -> None:
        operation = self.operation(sent)
        assert any("UserToken" in way for way in operation["security"]), "takes OAuth 1.0a"
        assert sent.authorization.startswith("OAuth ")
        self._check_query(operation, sent)
        content = operation.get("requestBody", {}).get("content", {})
        if sent.body:
            self.check(content[sent.content_type]["schema"], json.loads(sent.body))
        else:
            assert not content

    def _check_query(self, operation: dict[str, Any], sent: Sent) -> None:
        declared = {}
        known = self.document["components"]["parameters"]
        for item in operation.get("parameters", ()):
            parameter = known[item["$ref"].rpartition("/")[2]] if "$ref" in item else item
            declared[parameter["name"]] = parameter
        for name, value in sent.query:
            schema = declared[name]["schema"]
            typed: Any = int(value) if schema.get("type") == "integer" else value
            self.check(schema, value.split(",") if schema.get("type") == "array" else typed)


class TestTwitterAgainstOpenApi(TwitterHooks):
    """The document is asked, not our reading of it."""

    def test_every_request_validates(self, sandbox: Sandbox, recorder: tuple[str, list[Sent]]) -> None:
        api = Api(json.loads(shared("platforms/x-openapi.json").read_text(encoding="utf-8")))
        base, sent = recorder
        channel = replace(self.make_channel(sandbox, text_limit="4000"), api_base=base)
        adapter = load("twitter").connect(channel, self.make_credentials())
        adapter.whoami()
        since = now(sandbox)
        image = picture()
        staged = self.stage(adapter, self.compose(sandbox, pictures=(image,)), image)
        receipt = adapter.publish(staged, lambda: None)
        self.published(adapter, sandbox, 2)
        assert len(adapter.find(staged, since).hits) == 1
        adapter.withdraw(receipt)  # type: ignore[arg-type]
        adapter.close()
        for request in sent:
            api.check_request(request)
        assert [f"{request.method} {request.path}" for request in sent[:4]] == [
            "GET /2/users/me",
            "POST /2/media/upload",
            "POST /2/media/metadata",
            "POST /2/tweets",
        ]
        assert len(sent) == 7

    def test_the_check_can_fail(self) -> None:
        api = Api(json.loads(shared("platforms/x-openapi.json").read_text(encoding="utf-8")))
        good = Sent(
            method="POST",
            path="/2/tweets",
            query=(),
            content_type="application/json",
            authorization="OAuth x",
            body=b'{"text": "x", "media": {"media_ids": ["1"]}}',
        )
        api.check_request(good)
        for bad in (
            b'{"text": 1}',
            b'{"txt": "x"}',
            b'{"media": {"media_ids": ["one"]}}',
            b'{"media": {"media_ids": []}}',
        ):
            with pytest.raises((ValidationError, KeyError)):
                api.check_request(replace(good, body=bad))
        timeline = replace(good, method="GET", path="/2/users/1/tweets", body=b"", query=(("max_results", "100"),))
        api.check_request(timeline)
        for name, value in (
            ("max_results", "101"),
            ("tweet.fields", "id"),
            ("post.fields", "nonsense"),
            ("exclude", "all"),
        ):
            with pytest.raises((ValidationError, KeyError)):
                api.check_request(replace(timeline, query=((name, value),)))
