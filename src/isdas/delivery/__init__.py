"""
Takes alerts that are ready; gives the files and the feed that readers fetch. Never changes a text.
"""
