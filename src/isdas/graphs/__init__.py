"""
Takes a `Series`, gives a figure: one Vega-Lite spec, and PNG, SVG, CSV and JSON made from it.

Never counts, chooses or fills in anything: what the series does not hold is not drawn.
"""
