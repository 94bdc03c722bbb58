"""
Decode: takes Frames, gives Packets; never raises on what came over the wire and never looks into payloads.
"""
