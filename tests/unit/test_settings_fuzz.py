"""Whatever a file holds, it loads or is told what is wrong: no other exception, and no secret in any message."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicator.errors import ConfigError
from syndicator.settings import load
from tests.unit.settings_files import SOUND, SPECS, newsroom

SECRET = "s3cret-canary-77c1"
LINES = SOUND.splitlines()
KEYS = [n for n, line in enumerate(LINES) if " = " in line]
SECRETS = [n for n in KEYS if ":" in LINES[n] and "//" not in LINES[n]]

_LITERALS = r"""
1 -1 0 1.5 nan inf true [] [1] ["x"] [[]] {} {a=1} [{}] [{channel=[]}] ["x",{channel="x"}] 1979-05-27 07:32:00
"" "x" "\u0000" "{message}" "%s" "é" "env:" "env:A" "file:/" "http://[" "http://127.0.0.1" "//" "1d" "0s" "x.j2" "../x"
"""
_KEYS = (
    "platform windows utm credentials routes timezone url quiet_hours look_ups title 'a~b' kind template api_base"
    " token_uri page_id monthly_budget name sources labels interval settle command webhook final dir"
)
_TABLES = (
    "[site] [store] [windows] [notify] [poll] [templates] [channels] [channels.z] [sources.z] [channels.z.utm] [rules]"
    " [channels.z.windows] [channels.z.credentials] [[rules]] [[rules]] [[channels]] [new] [sources]"
)
LITERALS = st.sampled_from([*_LITERALS.split(), '" "', '"' + "9" * 400 + 'd"', "9" * 400])
KNOWN_KEYS = st.sampled_from(_KEYS.split())
TABLES = st.sampled_from(_TABLES.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return newsroom(tmp_path_factory.mktemp("fuzz")).parent


def told(folder: Path, text: str) -> str:
    """Give every message about ``text``; empty when it loads."""
    path = folder / "syndicator.toml"
    path.write_text(text, encoding="utf-8")
    try:
        load(path, spec_of=SPECS.get, env={})
    except ConfigError as error:
        problems = error.problems
    else:
        return ""
    assert problems
    assert all(problem.message for problem in problems)
    return "\n".join(map(str, problems))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYS), st.tuples(KNOWN_KEYS | st.none(), LITERALS), min_size=1, max_size=4))
def test_any_value_anywhere_loads_or_is_a_problem(folder: Path, changes: dict[int, tuple[str | None, str]]) -> None:
    lines = list(LINES)
    for n, (key, literal) in changes.items():
        lines[n] = f"{key or lines[n].partition(' = ')[0]} = {literal}"
    told(folder, "\n".join(lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.lists(st.tuples(TABLES, KNOWN_KEYS, LITERALS), max_size=5))
def test_any_table_loads_or_is_a_problem(folder: Path, tables: list[tuple[str, str, str]]) -> None:
    told(folder, "\n".join(f"{table}\n{key} = {literal}" for table, key, literal in tables))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    st.sampled_from(SECRETS), st.sampled_from(["{}", "env:{} !", "file:\t{}", "keyring:{}", "{}\\n", "https://{}@h"])
)
def test_a_secret_written_where_a_reference_belongs_is_never_shown(folder: Path, line: int, shape: str) -> None:
    lines = list(LINES)
    lines[line] = f'{lines[line].partition(" = ")[0]} = "{shape.format(SECRET)}"'
    message = told(folder, "\n".join(lines))
    assert message
    assert SECRET not in message
