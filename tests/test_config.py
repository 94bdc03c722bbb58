"""One tree of settings."""

import dataclasses
from pathlib import Path

import pytest

from isdas.config import FILE, Config, build, load
from isdas.model.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    """A data directory with these settings."""
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def test_defaults_hold_without_a_file(tmp_path: Path) -> None:
    """A directory without settings, or one that is not there, has the defaults."""
    assert load(tmp_path, {}) == load(tmp_path / "gone", {}) == Config()


def test_the_file_comes_before_the_defaults(tmp_path: Path) -> None:
    """What the file names holds; what it does not name keeps its default."""
    config = load(written(tmp_path, 'zone = "UTC"\n[detect]\nend_score = 2.5\n[graphs]\nwidth = 1000\n'), {})
    assert (config.zone, config.detect.end_score, config.graphs.width) == ("UTC", 2.5, 1000)
    assert config.lake == Config().lake
    assert config.paper.key == "UTC"


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    """A variable overrides the file, in a section and outside of one; variables of other programs are left alone."""
    written(tmp_path, 'zone = "UTC"\n[detect]\nend_score = 2.5\nleast_sources = 9\n')
    environment = {
        "ISDAS_DETECT__END_SCORE": "3.5",
        "ISDAS_GRAPHS__ORGANISATION": "日本",
        "ISDAS_ZONE": "Asia/Seoul",
        "ISDAS_DATA": "elsewhere",
        "DETECT__END_SCORE": "9",
        "HOME": "/",
    }
    config = load(tmp_path, environment)
    assert (config.zone, config.detect.end_score, config.detect.least_sources) == ("Asia/Seoul", 3.5, 9)
    assert config.graphs.organisation == "日本"


def test_lists_have_commas_in_the_environment(tmp_path: Path) -> None:
    """As an environment has no other way to say them; an empty one is an empty list."""
    said = load(tmp_path, {"ISDAS_SENSOR__ADDRESSES": "192.0.2.1, 2001:db8::/64", "ISDAS_SENSOR__MANAGEMENT": ""})
    assert said.sensor.addresses == ("192.0.2.1", "2001:db8::/64")
    assert said.sensor.management == ()


def test_another_file_can_be_named(tmp_path: Path) -> None:
    """ISDAS_CONFIG names the file to read instead; it must be there."""
    (tmp_path / "mine.toml").write_text('zone = "UTC"')
    assert load(tmp_path, {"ISDAS_CONFIG": str(tmp_path / "mine.toml")}).zone == "UTC"
    with pytest.raises(ConfigError, match=r"ISDAS_CONFIG names .*gone\.toml"):
        load(tmp_path, {"ISDAS_CONFIG": str(tmp_path / "gone.toml")})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zoen = 'UTC'", "no setting zoen; did you mean zone"),
        ("[detect]\nendscore = 1", "no setting detect.endscore; did you mean detect.end_score"),
        ("[detekt]\n", "no setting detekt; did you mean detect"),
        ("[qqq]\n", "no setting qqq; there are zone, lake"),
        ("detect = 3", "detect is a section"),
        ("[detect]\nend_score = 'much'", "detect.end_score is 'much'"),
        ("zone = 'Mars/Base'", "zone is 'Mars/Base'"),
        ("zone = '../../etc/passwd'", "zone is"),
        ("zone", FILE),
        ("\x00", FILE),
    ],
    ids=["name", "inner-name", "section", "far-off", "no-section", "type", "zone", "zone-path", "syntax", "binary"],
)
def test_a_wrong_file_is_an_error_that_names_the_setting(tmp_path: Path, text: str, message: str) -> None:
    """An unknown name, a wrong type and a zone that is none are errors of one line that say where."""
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), {})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_variable_is_an_error() -> None:
    """A variable of a section that names no setting, or is of a wrong type, is an error too."""
    with pytest.raises(ConfigError, match=r"no setting detect\.endscore; did you mean detect\.end_score"):
        load(Path("gone"), {"ISDAS_DETECT__ENDSCORE": "1"})
    with pytest.raises(ConfigError, match=r"lake\.threads is 'many'"):
        load(Path("gone"), {"ISDAS_LAKE__THREADS": "many"})


def test_a_file_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    """A settings file that cannot be read is an error that names it."""
    (tmp_path / FILE).mkdir()
    with pytest.raises(ConfigError, match=FILE):
        load(tmp_path, {})


def test_what_is_shown_can_be_read_again() -> None:
    """The tree as plain values builds the same tree."""
    assert build(dataclasses.asdict(Config())) == Config()


def test_every_setting_has_a_default_and_a_sentence() -> None:
    """Every setting, in a section or not, has a default and says in a sentence what it is."""
    tree = Config()
    for field in dataclasses.fields(tree):
        value = getattr(tree, field.name)
        inner = dataclasses.fields(value) if dataclasses.is_dataclass(value) else (field,)
        for setting in inner:
            assert str(setting.metadata["doc"]).endswith("."), f"{field.name}.{setting.name}"


def test_alerts_have_the_one_zone(tmp_path: Path) -> None:
    """The zone of alerts is that of everything on paper, and cannot be set apart from it."""
    assert load(written(tmp_path, 'zone = "Europe/Berlin"\n'), {}).alerts.zone == "Europe/Berlin"
    with pytest.raises(ConfigError, match="set zone alone"):
        load(written(tmp_path, '[alerts]\nzone = "Europe/Berlin"\n'), {})
