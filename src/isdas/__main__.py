"""``python -m isdas`` is the command ``isdas``."""

import sys

from isdas.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
