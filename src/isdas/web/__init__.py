"""
The public site: reads the tables, draws figures and pages, writes nothing to the tables.
"""
