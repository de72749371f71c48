"""One request and one answer, free of any web framework: what the played platforms read and give."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from syndicator.sandbox.remote import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart body."""

    headers: Mapping[str, str]
    name: str
    filename: str | None
    data: bytes


@dataclass(kw_only=True)
class Incoming:
    """A request whose body arrived completely. Header names are lower-case."""

    method: str
    origin: str
    """``http://127.0.0.1:PORT`` as the client addressed it."""
    mount: str
    """``/x``, ``/graph`` …"""
    path: str
    """Below the mount point, as sent."""
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    repeat: bool = False
    """A scripted fault: answer the first page whatever was asked for."""

    @property
    def url(self) -> str:
        """The address without the query."""
        return f"{self.origin}{self.mount}{self.path}"

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The query's parameters in order."""
        return parse_qsl(self.raw_query, keep_blank_values=True)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last of a name wins."""
        return dict(self.query_pairs)

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def form_pairs(self) -> list[tuple[str, str]]:
        """The fields of a form-encoded body in order; empty for any other body."""
        if self.content_type != "application/x-www-form-urlencoded":
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of a multipart body (``form-data`` and ``related``); empty for any other body."""
        if not self.content_type.startswith("multipart/"):
            return []
        return split_parts(self.headers["content-type"], self.body)

    @cached_property
    def fields(self) -> dict[str, str]:
        """Query, form fields and textual parts together: Graph takes a parameter anywhere."""
        texts = {part.name: part.data.decode("utf-8", "replace") for part in self.parts if part.filename is None}
        return {**self.query, **dict(self.form_pairs), **texts}

    @cached_property
    def json(self) -> Any:
        """The JSON body, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def document(self) -> Json:
        """The JSON body when it is an object, else an empty one."""
        return self.json if isinstance(self.json, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform says: ``body`` is JSON, or text or bytes sent as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def raw(self) -> bytes:
        """The body's bytes."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Refused(Exception):
    """A platform says no; raised where it is noticed, answered in one place."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


def inner(document: Json, name: str) -> Json:
    """Give the object ``name`` inside a JSON document; an empty one when there is none."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """Split a multipart body at its boundary; some clients end lines with a bare line feed."""
    boundary = _parameter(content_type, "boundary")
    if not boundary:
        return []
    found = []
    newline = b"\r\n" if b"\r\n--" + boundary.encode() in body else b"\n"
    for chunk in (newline + body).split(newline + b"--" + boundary.encode())[1:]:
        head, separator, data = chunk.partition(newline * 2)
        if chunk.startswith(b"--") or not separator:
            continue
        found.append(_part(head.decode("utf-8", "replace"), data))
    return found


def _part(head: str, data: bytes) -> Part:
    lines = (line.partition(":") for line in head.splitlines() if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition = headers.get("content-disposition", "")
    return Part(
        headers=headers,
        name=_parameter(disposition, "name") or "",
        filename=_parameter(disposition, "filename"),
        data=data,
    )


def _parameter(value: str, wanted: str) -> str | None:
    for piece in value.split(";")[1:]:
        name, _, text = piece.strip().partition("=")
        if name.lower() == wanted:
            return text.strip('"')
    return None
