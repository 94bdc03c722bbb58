"""What commands share."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from isdas.cli.context import State, print_json, print_table, printable, talk
from isdas.model.errors import NotFound


def test_a_slip_of_the_pen_makes_no_tables(tmp_path: Path) -> None:
    """A directory that is read and not there is an error, and is still not there afterwards."""
    with pytest.raises(NotFound, match="typo"):
        State(tmp_path / "typo").lake()
    assert not (tmp_path / "typo").exists()
    assert State(tmp_path / "new").lake(make=True).path == tmp_path / "new"


def test_settings_and_tables_are_opened_once(filled: Path) -> None:
    """One call of the command has one set of settings and one view of the tables."""
    state = State(filled)
    assert state.lake() is state.lake()
    assert state.config is state.config


def test_open_ends_are_those_of_the_data(filled: Path) -> None:
    """A period without dates is that of the data, in the configured zone."""
    period = State(filled).period(None, None)
    assert (period.first_day.isoformat(), period.last_day.isoformat()) == ("2008-10-06", "2008-10-07")


def test_tables_line_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are as wide as their widest cell, numbers stand right, and no line ends with blanks."""
    print_table(["port", "packets"], [["445/tcp", "1,234"], ["8/icmp", "9"]], right=(1,))
    assert capsys.readouterr().out == "port     packets\n445/tcp    1,234\n8/icmp         9\n"


def test_a_table_without_rows_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found is a head and nothing below it."""
    print_table(["a", "b"], [])
    assert capsys.readouterr().out == "a  b\n"


def test_json_keeps_letters(capsys: pytest.CaptureFixture[str]) -> None:
    """Japanese letters are themselves in JSON."""
    print_json({"title": "注意喚起"})
    out = capsys.readouterr().out
    assert "注意喚起" in out
    assert json.loads(out) == {"title": "注意喚起"}


def test_talk_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Talk is no data, and brackets in it are brackets."""
    talk("[/bold] file [1].pcap")
    assert capsys.readouterr() == ("", "[/bold] file [1].pcap\n")


def test_names_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in what is told are written out, in a table line ends too; letters of any script are kept."""
    assert printable("a\x1b[2Jb\r\t東\u202e京\n") == "a\\x1b[2Jb\\r\\t東\\u202e京\n"
    print_table(["\x1b[31m"], [["\x07\n"]])
    talk("\x1b[0m")
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\x07" not in out
    assert out.count("\n") == 2


def test_a_reader_that_goes_away_is_no_error(filled: Path) -> None:
    """A pipe that is closed early ends nothing with an error and says nothing."""
    script = f"{sys.executable} -m isdas series --by port --bin hour --data {filled} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bin")
