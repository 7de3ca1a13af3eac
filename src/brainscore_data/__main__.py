"""``python -m brainscore_data``: the command line without a script."""

import sys

from brainscore_data.cli import main

sys.exit(main())
