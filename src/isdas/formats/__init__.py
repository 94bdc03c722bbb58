"""
Formats: takes other people's records, gives Packets; never guesses what a record does not say.
"""
