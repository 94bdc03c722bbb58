"""A group of sources written down and told."""

from dataclasses import replace

from made_group import GROUP

from isdas.model.source_group import SourceGroup


def test_a_group_read_back_is_the_group() -> None:
    """The form that is kept loses nothing."""
    assert SourceGroup.from_dict(GROUP.as_dict()) == GROUP


def test_the_finding_says_how_many_scan_what_with_what_from_where() -> None:
    """Three ports are named, and regions that are not known are said to be so."""
    assert GROUP.sentence() == (
        "2013-06-02: a new group of 3,000 sources scans 53413/udp, 23/tcp, 80/tcp and others (no known tool; CN 50%, "
        "unknown 25%): 20130602-53413-udp-1"
    )
    assert "(tool zmap;" in replace(GROUP, tool="zmap").sentence()
