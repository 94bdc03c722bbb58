"""
Sensor: hears what comes to its addresses, leaves its own traffic out, seals the rest each minute and sends it.
"""
