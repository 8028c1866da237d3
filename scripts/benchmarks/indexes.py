#!/usr/bin/env python3
"""Analyses the index of a block with many series with inspect and promtool, and compares what it costs.

Called by scripts/bench.
"""

import argparse
import pathlib
import signal
import sys

from competition import Competitor, files_below, gib, report, warm
from store import ROOT, TOOLS, Failure


class NoStore:
    """For programs that read from disk only."""

    def processor_seconds(self):
        return 0


def index(programs, data, runs):
    block = next(path for path in sorted(data.iterdir()) if (path / "meta.json").exists())
    size = warm(files_below(block))
    rows = [
        Competitor("inspect index", lambda _: [programs / "inspect", "index", block.name, "--tsdb.path", data]),
        Competitor("promtool tsdb analyze", lambda _: [
            TOOLS / "bin/promtool", "tsdb", "analyze", data, block.name], reference=True),
    ]
    print(f"\nindex: block {block.name}, index of {gib((block / 'index').stat().st_size):.2f} GiB", flush=True)
    try:
        for number in range(runs):
            for row in rows:
                row.run(NoStore(), "", gib(size))
                print(f"{number + 1}: {row.last()}", flush=True)
    finally:
        report(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the release builds")
    parser.add_argument("--series", type=pathlib.Path, required=True, help="a data folder of scripts/make-series")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (ROOT / ".bench").mkdir(exist_ok=True)
    try:
        index(arguments.programs.resolve(), arguments.series.resolve(), arguments.runs)
    except Failure as failure:
        sys.exit(f"inspect: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
