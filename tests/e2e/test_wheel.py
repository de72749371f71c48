"""The wheel carries templates and configuration: installed in an empty folder, `init` and `demo` work."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

# One worker: else each builds and installs the wheel for itself.
pytestmark = pytest.mark.xdist_group("wheel")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, install it alone into a fresh environment that sees our dependencies; give its bin folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    # Dependencies come from this environment; the project itself only from the wheel.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True, timeout=120)
    return home / "bin"


def call(installed: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SYNDICATOR"))}
    return subprocess.run(
        [installed / "syndicator", *args], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_installed_package_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [installed / "python", "-c", "import syndicator; print(syndicator.__file__)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert str(installed.parent) in where


def test_init_and_check_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    run = call(installed, tmp_path, "init")
    assert run.returncode == 0, run.stderr
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == [
        "config/syndicator.service",
        "config/syndicator.toml",
        "templates/facebook.j2",
        "templates/twitter.j2",
        "templates/youtube.j2",
    ]
    checked = call(installed, tmp_path, "check")
    assert checked.returncode == 2  # the secrets are not set yet, and it says which
    assert "X_CONSUMER_KEY" in checked.stdout


def test_demo_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    run = call(installed, tmp_path, "demo", "--articles", "2", "--port", "0")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 articles, 6 posts sent" in run.stdout
    assert "nothing was posted twice" in run.stdout
    assert list(tmp_path.iterdir()) == []
