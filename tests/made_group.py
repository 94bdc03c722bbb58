"""A group of sources that appeared new, for tests that need one."""

from isdas.model.source_group import SourceGroup

GROUP = SourceGroup(
    day="2013-06-02",
    name="20130602-53413-udp-1",
    standing="new",
    since="2013-06-02",
    parent="",
    sources=3000,
    packets=9000,
    ports=(("53413/udp", 1.0), ("23/tcp", 0.25), ("80/tcp", 0.1), ("22/tcp", 0.1)),
    tool="",
    tool_share=0.9,
    ports_each=1.0,
    packets_an_hour=2.5,
    regions=(("CN", 0.5), ("", 0.25)),
    sources_before=0,
    shared=0.0,
    sketch=(1, 2, 3),
)
