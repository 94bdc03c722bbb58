"""
What tests of the sensor share: a cable between two namespaces.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from cable import cable  # noqa: F401
