"""
The fuzzer's own readers, samples and changes, for tests in compiled code.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "fuzz"))
