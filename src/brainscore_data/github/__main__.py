"""What ``action.yml`` starts: ``python -I -X utf8 -m brainscore_data.github``."""

import sys

from brainscore_data.github.action import main

if __name__ == "__main__":
    sys.exit(main())
