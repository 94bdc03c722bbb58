"""
isdas: an open Internet Scan Data Acquisition System.

Captures and logs in, counted hours out; surges found, dated and explained.
"""

__version__ = "0.1.0"
