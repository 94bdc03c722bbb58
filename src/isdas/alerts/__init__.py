"""
Takes a surge, what is known of its port, and the figures that show it; gives the text of an alert in English and
Japanese with a claim behind every sentence. Never publishes, never decides that an alert is due.
"""
