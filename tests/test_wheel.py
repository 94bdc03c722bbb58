"""
The package that is installed is the package that is here.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
MADE = {".pyc", ".nbi", ".nbc"}


def test_wheel_holds_every_file(tmp_path: Path) -> None:
    """Templates, profiles, knowledge and type marks go into the wheel like the modules do."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("isdas-*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("isdas/")}
    files = (p for p in (ROOT / "src" / "isdas").rglob("*") if p.is_file() and p.suffix not in MADE)
    here = {p.relative_to(ROOT / "src").as_posix() for p in files}
    assert inside == here
