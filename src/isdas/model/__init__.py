"""
What things are: the nouns that every stage shares.

Knows nothing of files, tables, networks or pictures.
"""
