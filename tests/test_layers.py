"""
Imports point one way, packages of one layer never meet, and heavy libraries have one home.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "isdas"
MODULES = sorted(ROOT.rglob("*.py"))

LAYERS = (
    {"model"},
    {
        "capture", "decode", "formats", "transport", "lake", "enrich",
        "detect", "graphs", "alerts", "delivery", "simulate",
    },
    {"config"},
    {"sensor", "hub", "web"},
    {"cli"},
    {"__main__"},
)  # fmt: skip
LAYER_OF = {package: depth for depth, layer in enumerate(LAYERS) for package in layer}

SETTINGS = {"hub.config", "sensor.config"}
"""Settings of apps: the tree of settings is made of them, so they lie below it and import nothing of ours."""

HOMES = {
    "altair": {"graphs"},
    "deltalake": {"lake"},
    "duckdb": {"lake"},
    "fastapi": {"web", "hub"},
    "iptocc": {"enrich", "simulate"},
    "jinja2": {"web", "alerts"},
    "maxminddb": {"enrich"},
    "mistune": {"web"},
    "rich": {"cli", "hub"},
    "cryptography": {"transport", "hub"},
    "httpx": {"transport"},
    "prometheus_client": {"hub", "sensor"},
    "socket": {"capture", "transport", "delivery", "sensor", "hub", "cli"},
    "starlette": {"web", "hub"},
    "typer": {"cli"},
    "vl_convert": {"graphs"},
}
"""Where a library may be imported, for those that would otherwise spread."""

MODEL_MAY_USE = {"backports", "compression", "isal", "numpy", "numba", "pyarrow"}
"""``compression`` is of the standard library since Python 3.14; before, a backport gives the part that is used."""

HEAVY = {"altair", "deltalake", "duckdb", "fastapi", "numba", "pyarrow", "scipy", "sqlalchemy", "vl_convert"}


def imported(path: Path) -> Iterator[str]:
    """The full names of what the module at *path* imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module
            if node.module == "isdas":
                yield from (f"isdas.{alias.name}" for alias in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def package_of(path: Path) -> str:
    """The package, or top-level module, that a source file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def each_module(function: object) -> object:
    """Run a test once for every module."""
    mark = pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
    return mark(function)  # type: ignore[arg-type]


@each_module
def test_imports_point_down(path: Path) -> None:
    """A module imports only its own package and the layers below."""
    importer = package_of(path)
    if importer == "__init__":
        return
    if ".".join(path.relative_to(ROOT).with_suffix("").parts) in SETTINGS:
        assert not [name for name in imported(path) if name.startswith("isdas")]
        return
    assert importer in LAYER_OF, f"{importer} is in no layer"
    for name in imported(path):
        first, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if first != "isdas" or other in {importer, "__version__", ""} or rest in SETTINGS:
            continue
        assert other in LAYER_OF, f"{path.name} imports isdas.{other}, which is in no layer"
        assert LAYER_OF[other] < LAYER_OF[importer], f"{importer} must not import {other}"


@each_module
def test_libraries_stay_at_home(path: Path) -> None:
    """A library that shapes the code around it is imported in its home packages only."""
    package = package_of(path)
    for name in imported(path):
        library = name.partition(".")[0]
        assert package in HOMES.get(library, {package}), f"{library} belongs to {HOMES[library]}, not to {package}"


@pytest.mark.parametrize("path", sorted((ROOT / "model").glob("*.py")), ids=lambda p: p.name)
def test_model_needs_little(path: Path) -> None:
    """The model uses what every sensor has: numpy, numba, pyarrow, decompression and the standard library."""
    for name in imported(path):
        library = name.partition(".")[0]
        assert library in MODEL_MAY_USE | {"isdas"} | sys.stdlib_module_names, f"{path.name} imports {library}"


def test_every_layer_member_is_known() -> None:
    """Every package and top-level module of isdas has a place in the layers."""
    present = {package_of(path) for path in MODULES} - {"__init__"}
    assert present <= set(LAYER_OF)


def test_packages_are_light_to_import() -> None:
    """Importing the command line or any package loads none of the heavy libraries."""
    packages = [f"isdas.{p.parent.name}" for p in sorted(ROOT.glob("*/__init__.py"))]
    if (ROOT / "cli" / "main.py").exists():
        packages.append("isdas.cli.main")
    # A process of its own: this one has long imported everything.
    script = f"import sys, importlib\nfor p in {packages!r}: importlib.import_module(p)\n"
    script += f"print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
