#!/usr/bin/env python3
"""Analyses the index of a block with many series with inspect and promtool, and compares what it costs.

Called by scripts/bench.
"""

import commandline
from competition import Competitor, blocks, files_below, gib, rounds, warm
from store import TOOLS


def measure(runs, programs, data):
    block = blocks(data)[0]
    size = warm(files_below(block))
    rows = [
        Competitor("inspect index", lambda _: [programs / "inspect", "index", block.name, "--tsdb.path", data]),
        Competitor("promtool tsdb analyze", lambda _: [
            TOOLS / "bin/promtool", "tsdb", "analyze", data, block.name], reference=True),
    ]
    rounds(f"index: block {block.name}, index of {gib((block / 'index').stat().st_size):.2f} GiB", rows, size, runs)


if __name__ == "__main__":
    commandline.run("inspect", __doc__, {"series": "a data folder of scripts/make-series"}, measure)
