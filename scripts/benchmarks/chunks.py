#!/usr/bin/env python3
"""Goes through the chunks of a block with inspect and with verify, whose check of a block is comparing checksums and decoding.

inspect has to stay below 128 MiB, also with a group for each of two million series. Called by scripts/bench.
"""

import argparse
import pathlib
import signal
import statistics
import sys

from competition import Competitor, files_below, gib, report, warm
from store import ROOT, Failure

LIMIT = 128
# Labels that together tell all series of scripts/make-series apart.
EVERY_SERIES = "__name__,pod,code,handler"


class NoStore:
    """For programs that read from disk only."""

    def processor_seconds(self):
        return 0


def measure(title, rows, block, runs):
    size = warm(files_below(block))
    print(f"\n{title}: block {block.name}, {gib(size):.2f} GiB", flush=True)
    try:
        for number in range(runs):
            for row in rows:
                row.run(NoStore(), "", gib(size))
                print(f"{number + 1}: {row.last()}", flush=True)
    finally:
        report(rows)
    for row in rows:
        if row.name.startswith("inspect") and statistics.median(row.memory) >= LIMIT:
            raise Failure(f"{row.name} took {statistics.median(row.memory):.0f} MiB: {LIMIT} are the limit")


def blocks(data):
    return [path for path in sorted(data.iterdir()) if (path / "meta.json").exists()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the release builds")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="a data folder with large chunks")
    parser.add_argument("--series", type=pathlib.Path, required=True, help="a data folder of scripts/make-series")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (ROOT / ".bench").mkdir(exist_ok=True)
    programs, data, series = (path.resolve() for path in (arguments.programs, arguments.data, arguments.series))
    inspect = [programs / "inspect", "chunks", "--tsdb.path"]
    try:
        block = max(blocks(data), key=lambda path: sum(file.stat().st_size for file in files_below(path)))
        measure("chunks", [
            Competitor("inspect chunks", lambda _: [*inspect, data, block.name]),
            Competitor("verify --level full", lambda _: [
                programs / "verify", "--level", "full", "--tsdb.path", data, "--id", block.name], reference=True),
        ], block, arguments.runs)
        many = blocks(series)[0]
        measure("very many groups", [
            Competitor("inspect chunks --by all", lambda _: [*inspect, series, many.name, "--by", EVERY_SERIES]),
            Competitor("inspect chunks", lambda _: [*inspect, series, many.name], reference=True),
        ], many, arguments.runs)
    except Failure as failure:
        sys.exit(f"inspect: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
