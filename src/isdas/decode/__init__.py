"""
Decode: takes Frames, gives Packets; never raises on what came over the wire, and looks into payloads only for a packet
that a tunnel carries or an ICMP error quotes.
"""
