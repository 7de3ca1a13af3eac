"""The command ``python -m bench``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from pathlib import Path

# Letter → module; each has TITLE and `measure(folder, pairs, quick) -> tuple[Comparison, ...]`.
CASES = {"h": "startup", "k": "stimuli", "s": "action_start"}


def main(argv: list[str] | None = None) -> int:
    """Run cases and print their medians."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--case", action="append", choices=sorted(CASES), help="default: all")
    parser.add_argument("--pairs", type=int, default=5, help="how many times each is run")
    parser.add_argument("--quick", action="store_true", help="small inputs: to see that it runs")
    parser.add_argument("--json", action="store_true", help="all measurements, as JSON")
    options = parser.parse_args(argv)
    results = {}
    for case in options.case or sorted(CASES):
        module = importlib.import_module(f"bench.{CASES[case]}")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            results[case] = module.measure(Path(folder), options.pairs, quick=options.quick)
        if not options.json:
            print(f"{case}: {module.TITLE}")
            for comparison in results[case]:
                print(f"  {comparison}")
    if options.json:
        document = {case: [each.as_dict() for each in found] for case, found in results.items()}
        print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
