"""
The hub: wires the stages into the main path.

`hub.pipeline` has the way in on one screen (take_in), `hub.looking` the way to surges (look, replay).
"""
