"""Surges as the site lists them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.lake.opinions import say
from isdas.model.opinion import Opinion
from isdas.model.surge import Surge
from isdas.web.app import create
from isdas.web.surges import listed, weight


@pytest.fixture
def own(desk: Path, tmp_path: Path) -> Lake:
    """A lake of one's own with a surge and its draft."""
    shutil.copytree(desk, tmp_path / "data")
    return Lake(tmp_path / "data")


def test_the_page_follows_what_is_said(own: Lake) -> None:
    """The precision and the mark change with the opinion, though no table does."""
    (surge,) = own.records.surges()
    with TestClient(create(own, Config())) as client:
        before = client.get("/")
        assert "none of 1 broad surges has been judged" in before.text
        say(own.records.database, surge.identifier, "wrong", "Jo Duty", "a secret test", verdict="broad")
        after = client.get("/", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status_code == 200
        assert "0 of 1 judged broad surges were right" in after.text
        assert "<strong>wrong</strong>" in after.text
        (told,) = client.get("/api/surges").json()
    assert told["said"].items() >= {"opinion": "wrong", "verdict": "broad"}.items()
    assert told["followed"] == [{"alert": "ISDAS-AT-2008-0001", "state": "draft"}]
    assert "Jo Duty" not in after.text + str(told)
    assert "secret" not in after.text + str(told)


def test_without_opinions_every_surge_has_the_keys(own: Lake) -> None:
    """Readers need not ask whether a key is there."""
    assert [(told["said"], told["known_as"]) for told in listed(own)] == [(None, None)]


def test_what_is_judged_steps_back(make_surge: Callable[..., Surge]) -> None:
    """A broad surge said to be wrong or known comes after others that are broad, and before artefacts."""
    surge = make_surge()
    wrong = replace(surge, identifier="wrong")
    known = replace(surge, identifier="known")
    right = replace(surge, identifier="right")
    artefact = replace(surge, identifier="artefact", verdict="single-source")
    said = {word: Opinion("2008-11-04T00:00:00Z", word, word, "duty") for word in ("wrong", "known", "right")}
    ranked = sorted([artefact, wrong, right, known, surge], key=weight(said), reverse=True)
    names = [one.identifier for one in ranked]
    assert set(names[:2]) == {"right", surge.identifier}
    assert set(names[2:4]) == {"wrong", "known"}
    assert names[4] == "artefact"
