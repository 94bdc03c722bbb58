"""
Writes docs/reference/ from the code: columns, tables, formats, settings, commands.

With --check it writes nothing and exits 1 if a page is not what it would write.
"""

import dataclasses
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from isdas.model import columns

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by scripts/reference.py; `make docs` writes it again. -->\n"


def main() -> int:
    """Write every page, or compare every page and tell which differ."""
    check = "--check" in sys.argv[1:]
    n_stale = 0
    for name, page in pages():
        if current(FOLDER / name) == page:
            continue
        n_stale += 1
        if check:
            print(f"docs/reference/{name} is not current: run `make docs`", file=sys.stderr)
        else:
            (FOLDER / name).write_text(page, encoding="utf-8")
            print(f"wrote docs/reference/{name}", file=sys.stderr)
    return int(check and n_stale > 0)


def current(path: Path) -> str:
    """What a page says now; nothing if it is not there."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the text of each page."""
    for make in (columns_page, tables_page, formats_page, settings_page, commands_page):
        yield make.__name__.replace("_page", ".md"), NOTE + make()


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """A cell's text without what would end the cell or begin a tag."""
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if text.startswith("`") else text.replace("<", "&lt;")


def columns_page() -> str:
    """Every column of a packet, from the column table."""
    rows = [
        (f"`{c.name}`", type_name(c.type), c.unit, c.meaning, c.source, needs(c), c.dimension or "-")
        for c in columns.COLUMNS
    ]
    return f"""
# Columns

What is kept of a packet: {len(rows)} columns, all from headers but the first bytes of the payload
(`decode.payload_bytes`). The table is
`isdas.model.columns.COLUMNS`, and everything that lists columns reads it.

*Filled by*: `intake` (which file, which sensor), `frame` (the capture), `header` (the packet), `enrich` (lookups and
rules). *Needs*: what an input must be able to show; otherwise the column is null. *Folds*: which folded tables are
kept apart by the column, so that `isdas series --by` can use it: `counts` (and sightings) or `sightings` only.

{table(("column", "type", "unit", "meaning", "filled by", "needs", "folds"), rows)}
## Capabilities

`capabilities` is the sum of what the input of a packet could show. A full capture has them all
({int(columns.Capability.CAPTURE)}).

{table(("bit", "name"), [(str(int(c)), (c.name or "").lower()) for c in single_capabilities()])}"""


def single_capabilities() -> list[columns.Capability]:
    """The capabilities that are one bit each."""
    return [c for c in columns.Capability if int(c).bit_count() == 1]


def needs(column: columns.Column) -> str:
    """The capabilities that a column needs, in words."""
    return ", ".join((c.name or "").lower() for c in single_capabilities() if c & column.needs) or "-"


def type_name(type_: object) -> str:
    """The Arrow type as the page writes it."""
    return f"`{type_}`"


def tables_page() -> str:
    """Every table of the lake with its columns."""
    from isdas.lake import tables

    parts = ["\n# Tables\n"]
    parts.append(
        "The lake is five tables in Delta Lake format, one folder each under the data directory, readable by any\n"
        "program that reads Delta Lake. Times are UTC. Every table but `packets` is a fold: it can be made again from\n"
        "the one it derives from.\n"
    )
    for name in tables.NAMES:
        spec = tables.spec(name)
        key = ", ".join(f"`{k}`" for k in spec.key) or "none: a row is a packet"
        parts.append(f"## {name}\n")
        parts.append(
            f"A row is {spec.meaning}. Meant to be kept {spec.kept}; nothing expires by itself yet. "
            f"Partitioned by `{spec.partition}`."
        )
        parts.append(f"Key: {key}.\n")
        if name == "packets":
            parts.append("Its columns are on [their own page](columns.md).\n")
        else:
            parts.append(table(("column", "type"), [(f"`{f.name}`", type_name(f.type)) for f in spec.schema]))
    return "\n".join([*parts, records_part()])


def records_part() -> str:
    """Every table of the record database."""
    import isdas.lake
    from isdas.lake.database import Row

    for module in pkgutil.iter_modules(isdas.lake.__path__):
        importlib.import_module(f"isdas.lake.{module.name}")
    kinds = sorted(((str(m.class_.__tablename__), m) for m in Row.registry.mappers), key=lambda named: named[0])
    rows = [
        (f"`{name}`", (kind.class_.__doc__ or "").strip(), ", ".join(f"`{column.key}`" for column in kind.columns))
        for name, kind in kinds
    ]
    return f"""## Records

What is no analytics lies in `records.sqlite`: what was taken in, the ledger of segments, the fleet, surges and alerts.

{table(("table", "a row is", "columns"), rows)}"""


def settings_page() -> str:
    """Every setting of the program, from the tree of Config classes."""
    from isdas.config import FILE, Config

    parts = [
        "\n# Settings\n",
        f"Defaults hold for what is not set in the file `{FILE}` of the data directory (or in the file that\n"
        "`ISDAS_CONFIG` names). An environment variable comes before the file: `ISDAS_DETECT__END_SCORE=2.5` sets\n"
        "`end_score` of `[detect]`. A section of the file is a package. An unknown name is an error.\n",
        settings_table(Config),
    ]
    for field in dataclasses.fields(Config):
        section = default_value(field)
        if dataclasses.is_dataclass(section):
            parts += [f"## [{field.name}]\n", (section.__doc__ or "").strip() + "\n", settings_table(type(section))]
    return "\n".join(parts)


def settings_table(config: Any) -> str:
    """The settings of one section, without the sections in it."""
    rows = [
        (f"`{f.name}`", f"`{default(f)}`", f.metadata.get("doc", ""))
        for f in dataclasses.fields(config)
        if not dataclasses.is_dataclass(default_value(f))
    ]
    return table(("setting", "default", "meaning"), rows)


def default_value(field: "dataclasses.Field[Any]") -> Any:
    """The default of a setting."""
    if field.default is not dataclasses.MISSING:
        return field.default
    assert field.default_factory is not dataclasses.MISSING, f"setting {field.name} has no default"
    return field.default_factory()


def default(field: "dataclasses.Field[Any]") -> str:
    """The default of a setting as a settings file writes it."""
    value = default_value(field)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return str(list(value))
    return str(value)


def formats_page() -> str:
    """Every format that is read, from the registries."""
    from isdas.capture.file import FORMATS as CAPTURES
    from isdas.formats.envelope import ENVELOPES
    from isdas.formats.profile import shipped_profiles
    from isdas.formats.registry import FORMATS
    from isdas.model.compression import COMPRESSIONS

    captures = ", ".join(f"`{known.name}`" for known in CAPTURES)
    packed = ", ".join(f"`{known.name}`" for known in COMPRESSIONS)
    records = [(f"`{known.name}`", known.title, shown(known.capabilities)) for known in FORMATS]
    envelopes = [(kind.name, f"`{kind.example}`") for kind in ENVELOPES]
    profiles = [(f"`{p.name}`", p.title, p.kind, shown(p.capabilities)) for p in shipped_profiles()]
    return f"""
# Formats

What `isdas ingest` reads. Content decides, not the name of a file; `--format` with a name of this page overrides that.
All of it may be compressed: {packed}.

## Captures

{captures}: see [Take in captures](../how-to/ingest-captures.md). They can show everything.

## Records of others

{table(("format", "what it is", "can show at most"), records)}
What a record cannot show is null, and no share of tools is divided by it: see [capabilities](columns.md#capabilities).

## Lines in envelopes

Lines of any of these formats may come as journals, container runtimes and collectors of logs keep them, one in each
line of theirs (in each entry of the export format). They are taken out before anything else; content decides.

{table(("who writes it", "what a line is like"), envelopes)}
What is JSON inside stays as it is. Any other line becomes that of a syslog, with the time, the machine and the
program that its envelope tells; but where that tells no program, as those of containers, a line with a time of its
own stays as it is. A line that came in pieces, as runtimes cut long ones, is at the place of its last. What is in no
envelope is read as it is, and so refused with the [reason](reasons.md) of the format. Tables with a profile are read
as they are.

## Tables with a profile

{table(("profile", "what it is", "kind", "can show"), profiles)}
Any other table is read with a profile of your own: see [Take in tables](../how-to/ingest-tables.md).
"""


def shown(capabilities: columns.Capability) -> str:
    """The names of capabilities."""
    return ", ".join(str(each.name) for each in columns.Capability if each and each in capabilities and _single(each))


def _single(capability: columns.Capability) -> bool:
    return capability.value.bit_count() == 1


def commands_page() -> str:
    """Every command with its arguments and options."""
    from isdas.cli.main import app

    parts = [
        "\n# Commands\n",
        "Standard output is data, standard error is talk. Exit 0: done. 1: done, but something was refused or found\n"
        "wanting. 2: misuse.\n",
    ]
    parts += [command_part(path, command) for path, command in walk("isdas", typer.main.get_command(app))]
    return "\n".join(parts)


def walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A command and those below it, in the order of the help."""
    if command.hidden:
        return
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(f"{path} {name}", below)


def command_part(path: str, command: Any) -> str:
    """What the page says of one command."""
    context = command.make_context(path, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"## {path}\n", f"```\n{path} {usage}\n```\n", paragraphs(command.help or ""), ""]
    records = [p.get_help_record(context) for p in command.params if not getattr(p, "hidden", False)]
    rows = [(f"`{form}`", paragraphs(text)) for form, text in filter(None, records) if form != "--help"]
    if rows:
        lines.append(table(("argument or option", "meaning"), rows))
    return "\n".join(lines)


def paragraphs(text: str) -> str:
    """Help text without the line ends of its source."""
    blocks = text.replace("\b", "").replace("\f", "").split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks).strip()


if __name__ == "__main__":
    sys.exit(main())
