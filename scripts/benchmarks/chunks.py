#!/usr/bin/env python3
"""Goes through the chunks of a block with inspect and with verify, whose check of a block is comparing checksums and decoding.

inspect has to stay below 128 MiB, also with a group for each of two million series. Called by scripts/bench.
"""

import statistics

import commandline
from competition import Competitor, blocks, bytes_below, files_below, gib, rounds, warm
from store import Failure

LIMIT = 128
# Labels that together tell all series of scripts/make-series apart.
EVERY_SERIES = "__name__,pod,code,handler"


def compare(title, rows, block, runs):
    size = warm(files_below(block))
    rounds(f"{title}: block {block.name}, {gib(size):.2f} GiB", rows, size, runs)
    for row in rows:
        if row.name.startswith("inspect") and statistics.median(row.memory) >= LIMIT:
            raise Failure(f"{row.name} took {statistics.median(row.memory):.0f} MiB: {LIMIT} are the limit")


def measure(runs, programs, data, series):
    inspect = [programs / "inspect", "chunks", "--tsdb.path"]
    block = max(blocks(data), key=bytes_below)
    compare("chunks", [
        Competitor("inspect chunks", lambda _: [*inspect, data, block.name]),
        Competitor("verify --level full", lambda _: [
            programs / "verify", "--level", "full", "--tsdb.path", data, "--id", block.name], reference=True),
    ], block, runs)
    many = blocks(series)[0]
    compare("very many groups", [
        Competitor("inspect chunks --by all", lambda _: [*inspect, series, many.name, "--by", EVERY_SERIES]),
        Competitor("inspect chunks", lambda _: [*inspect, series, many.name], reference=True),
    ], many, runs)


if __name__ == "__main__":
    commandline.run("inspect", __doc__, {
        "data": "a data folder with large chunks", "series": "a data folder of scripts/make-series"}, measure)
