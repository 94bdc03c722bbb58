"""
The hub: wires the stages into the main path.

`hub.pipeline` has the whole of it on one screen: take_in and look.
"""
