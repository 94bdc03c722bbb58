"""EDGE. Segments and their bytes; keys, receipts, the spool, and the way from sensor to hub."""
