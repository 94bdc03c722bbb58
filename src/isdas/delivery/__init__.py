"""
Takes alerts that are ready; gives the files that readers fetch. Never changes a text.
"""
