"""
Capture: takes a capture file, gives Frames; never looks inside a frame.
"""
