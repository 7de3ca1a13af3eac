"""The command ``python -m bench``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench import cluster, line
from bench.assemblies import CASES as ASSEMBLIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.pairs import Comparison

# Letter → module; each has TITLE and `measure(folder, pairs, quick) -> tuple[Comparison, ...]`.
CASES = {
    "f": "files",
    "h": "startup",
    "k": "stimuli",
    "p": "packaging",
    "i": "action_start",
    "s": "zipping",
    "t": "tables",
    "u": "uploads",
    "w": "line",
    "x": "cluster",
    "y": "scaling",
}


def main(argv: list[str] | None = None) -> int:
    """Run cases and print their medians."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    letters = sorted([*CASES, *ASSEMBLIES])
    parser.add_argument("--case", action="append", choices=letters, help="default: all")
    parser.add_argument("--pairs", type=int, default=5, help="how many times each is run")
    parser.add_argument("--quick", action="store_true", help="small inputs: to see that it runs")
    parser.add_argument("--json", action="store_true", help="all measurements, as JSON")
    line.add_options(parser)
    cluster.add_options(parser)
    options = parser.parse_args(argv)
    results = {}
    for case in options.case or letters:
        title, measure = _case(case, options)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            results[case] = measure(Path(folder), options.pairs, quick=options.quick)
        if not options.json:
            print(f"{case}: {title}")
            for comparison in results[case]:
                print(f"  {comparison}")
    if options.json:
        document = {case: [each.as_dict() for each in found] for case, found in results.items()}
        print(json.dumps(document, indent=2))
    return 0


def _case(
    letter: str, options: argparse.Namespace
) -> tuple[str, Callable[..., tuple[Comparison, ...]]]:
    if letter in ASSEMBLIES:
        from bench import netcdf

        return ASSEMBLIES[letter].title, partial(netcdf.measure, letter)
    if letter == "w":
        return line.TITLE, partial(line.measure, options=options)
    if letter == "x":
        return cluster.TITLE, partial(cluster.measure, options=options)
    module = importlib.import_module(f"bench.{CASES[letter]}")
    return module.TITLE, module.measure


if __name__ == "__main__":
    sys.exit(main())
