"""The rules for T-Pot's honeypots."""

from isdas.formats.tpot_rules import DIONAEA_OPENED, RULES, UDP_OPENED, WATCHERS


def test_every_rule_can_be_met() -> None:
    """A rule that asks for a field says what the field must say."""
    assert all(bool(rule.field) == bool(rule.values) for rule in RULES.values())


def test_nothing_is_both_a_honeypot_and_a_watcher() -> None:
    """What is told a second time has no rule, and an accepted connection is not opened again over UDP."""
    assert not RULES.keys() & set(WATCHERS)
    assert UDP_OPENED not in DIONAEA_OPENED
