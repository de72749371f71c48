"""Addresses of several servers: libpq's own forms reach us and the job queue alike."""

from collections.abc import Mapping
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import dialect

from syndicator.errors import StoreError
from syndicator.fleet import jobs
from syndicator.store import Store, postgres


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p@a:1,b:2/db?sslmode=require",
        "postgresql://u@a,b/db",
        "postgresql://a,b:7/db",
        "postgresql://u@[::1]:5,[::2]/db",
        "postgresql://u@a/db",
        "postgresql://u@/db?host=/run/a,/run/b",
    ],
)
def test_we_read_an_address_as_libpq_does(address: str) -> None:
    url = make_url(postgres.several_hosts(address))
    _, ours = dialect().create_connect_args(url)  # type: ignore[no-untyped-call]
    assert given(ours) == given(conninfo_to_dict(address))


def given(settings: Mapping[str, Any]) -> dict[str, str]:
    """What is said at all; a list of ports without any is nothing."""
    return {name: str(value) for name, value in settings.items() if str(value).strip(",")}


def test_of_several_servers_the_one_that_takes_writes_is_asked_for() -> None:
    assert postgres.left_open({"host": "a,b"})["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in postgres.left_open({"host": "a"})
    assert "target_session_attrs" not in postgres.left_open({"host": "a,b", "target_session_attrs": "any"})
    kwargs = jobs._pool("postgresql://u@a:1,b:2/db?connect_timeout=3&options=-cwork_mem%3D1MB")["kwargs"]
    assert kwargs["target_session_attrs"] == "read-write"
    assert kwargs["tcp_user_timeout"] == "30000"
    assert "connect_timeout" not in kwargs
    assert kwargs["options"] == "-cwork_mem=1MB -c search_path=syndicator_jobs"


def test_an_address_that_is_none_is_said_so() -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        Store.open("postgresql://u@a:port/db")
