"""An explanation as lines."""

from made_surge import a_surge

from isdas.cli.surge_explained import explained
from isdas.model.explanation import Candidate, Companion, Explanation, Growth, Mix, Part, Reach, Similar

WHOLE = Explanation(
    growth=Growth("exponential", 6.0, 5.0, 7.5, 4.2, True),
    reach=Reach(15_192.0, 12_201.0, 19_008.0, ("Each source probes every sensor alike.",)),
    new_sources=1259,
    known_sources=84,
    local_share=0.3,
    local_expected=0.001,
    packets_per_source=3.0,
    packets_per_source_before=2.0,
    tools=(Mix("masscan", 0.1, 0.9),),
    systems=(Mix("Windows", 0.5, 1.0),),
    invariants=(Mix("window 1024", 0.0, 0.95),),
    companions=(Companion("139/tcp", 0.6, 0.2),),
    parts=tuple(Part("sensor", f"s{n}", 10, 1.0, 0.1, 9.0) for n in range(8)),
    similar=(Similar("20081001T00-445-tcp", 0.91, "alike in regions"),),
    candidates=(Candidate("MS08-067", "Windows", "2008-10-23", 0.6, "published 7 days before", "no Windows"),),
)


def test_every_part_is_told() -> None:
    """Each part of a whole explanation stands in a line, with its figures."""
    lines = explained(a_surge(explanation=WHOLE))
    text = "\n".join(f"{name} {value}" for name, value in lines)
    for fact in (
        "doubling in 6.0 h (90 %: 5.0 h to 7.5 h), 4.2 times so far: it spreads",
        "about 15,192 sources (90 %: 12,201 to 19,008)",
        "- Each source probes every sensor alike.",
        "1,259 never seen before the onset, 84 known",
        "30% scan sensors of their own network, usual or by chance 0.10%",
        "3 packets per source and hour (before 2)",
        "masscan 90% (before 10%)",
        "Windows 100% (before 50%)",
        "window 1024 95% (before 0%)",
        "139/tcp 60% (usual 20%)",
        "s5 10% and 2 more",
        "MS08-067 (Windows): published 7 days before",
        "against: no Windows",
        "20081001T00-445-tcp (91%, alike in regions)",
    ):
        assert fact in text


def test_what_was_not_to_be_seen_is_not_told() -> None:
    """An empty explanation, or none, has no lines; growth without an upper bound says so."""
    assert explained(a_surge(explanation=Explanation())) == []
    assert explained(a_surge(explanation=None)) == []
    open_ended = Explanation(growth=Growth("exponential", 80.0, 40.0, None, 1.1, False))
    assert "to no bound), 1.1 times so far: too short" in explained(a_surge(explanation=open_ended))[0][1]
    assert explained(a_surge(explanation=Explanation(growth=Growth("step"))))[0][1] == "a step, no growth after it"
