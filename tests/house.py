"""The house rules that no linter knows: file and function length, one file per SDK, no host in the locked requirements.

``python -m tests.house`` prints every breach and fails; ``tests/unit/test_house.py`` runs the same checks.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def sources(*folders: str) -> Iterator[Path]:
    """Give every Python file below ``folders``."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def long_files() -> list[str]:
    """Name files over the limit."""
    counted = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in sources("syndicator", "tests"))
    return [f"{path.relative_to(ROOT)}: {n} lines, at most {LONGEST_FILE}" for path, n in counted if n > LONGEST_FILE]


def long_functions() -> list[str]:
    """Name functions over the limit (the docstring not counted)."""
    found = []
    for path in sources("syndicator"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1
                if lines > LONGEST_FUNCTION:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    return found


def scattered_sdks() -> list[str]:
    """Name SDKs that more than one file of ours imports."""
    found = []
    for sdk in (
        "tweepy",
        "pyfacebook",
        "apscheduler",
        "feedparser",
        "PIL",
        "keyring",
        "procrastinate",
        "requests_oauthlib",
    ):
        pattern = re.compile(rf"^\s*(?:import|from) {sdk}\b", re.MULTILINE)
        users = [path for path in sources("syndicator") if "sandbox" not in path.parts and pattern.search(_text(path))]
        if len(users) > 1:
            found.append(f"{sdk} is imported in {', '.join(str(path.relative_to(ROOT)) for path in users)}")
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def hosts_in_locks() -> list[str]:
    """Name lines of the locked requirements that are not a package with a version or a hash."""
    allowed = re.compile(
        r"^([A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ; [^\\]+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?|#.*)?$"
    )
    return [
        f"{path.name}:{number}: {line}"
        for path in sorted(ROOT.glob("requirements*.txt"))
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if not allowed.match(line)
    ]


def breaches() -> list[str]:
    """Give every breach."""
    return [*long_files(), *long_functions(), *scattered_sdks(), *hosts_in_locks()]


if __name__ == "__main__":
    found = breaches()
    print("\n".join(found) or f"house rules kept in {sum(1 for _ in sources('syndicator', 'tests'))} files")  # noqa: T201
    sys.exit(bool(found))
