"""
Takes the name of a scenario and a seed, gives captures of invented traffic with the truth about it.

Everything is computed from the seed; only `isdas.simulate.writer` touches files. Never sends a packet, and never
contains an address list: sources are drawn at random from the address space of their region.
"""
