#!/usr/bin/env python3
"""Checks the same blocks with verify, promtool and rclone, on disk and in a bucket, and compares what it costs.

On disk: the largest block, by `verify --level full` and by `promtool tsdb analyze --extended`, which checks CRCs and decodes
no float sample. In a bucket: all blocks, by `verify` and by `rclone check --download`, which compares bytes with a local
copy and looks into none of them. One SeaweedFS on this machine, over plain HTTP. Called by scripts/bench.
"""

import argparse
import pathlib
import shutil
import signal
import subprocess
import sys

from competition import Competitor, files_below, gib, report, warm
from store import PEERS, ROOT, TOOLS, Failure, Store, configuration, environment, rclone

BUCKET = "bench-verify"


def sized(folder):
    return sum(path.stat().st_size for path in files_below(folder))


def rounds(title, rows, store, size, runs):
    print(f"\n{title}", flush=True)
    try:
        for number in range(runs):
            for row in rows:
                row.run(store, BUCKET, gib(size))
                print(f"{number + 1}: {row.last()}", flush=True)
    finally:
        report(rows)


def on_disk(programs, data, store, runs):
    block = max((path for path in data.iterdir() if (path / "meta.json").exists()), key=sized)
    size = warm(files_below(block))
    rows = [
        Competitor("verify --level full", lambda _: [
            programs / "verify", "--tsdb.path", data, "--id", block.name, "--level", "full", "--progress", "none"]),
        Competitor("promtool tsdb analyze --extended", lambda _: [
            TOOLS / "bin/promtool", "tsdb", "analyze", "--extended", data, block.name], reference=True),
    ]
    rounds(f"on disk: block {block.name}, {gib(size):.2f} GiB", rows, store, size, runs)


def in_bucket(programs, data, store, runs):
    store.make_bucket(BUCKET)
    bucket = configuration(store, BUCKET)
    subprocess.run(
        [programs / "backfill", "--tsdb.path", data, "--objstore.config-file", bucket, "--label", 'bench="1"',
         "--log.level", "warn"], check=True, env=environment(XDG_STATE_HOME=str(ROOT / ".bench/state")))
    # What is in the bucket, meta.json with Thanos' section included, so that rclone finds both sides equal.
    copy = ROOT / ".bench/copy"
    shutil.rmtree(copy, ignore_errors=True)
    if store.s5cmd("cp", f"s3://{BUCKET}/*", f"{copy}/").returncode != 0:
        raise Failure("s5cmd could not read the bucket back")
    size = warm(files_below(copy))

    def verify(*flags):
        return lambda _: [
            programs / "verify", "--objstore.config-file", bucket, "--progress", "none", *flags]

    rows = [
        Competitor("verify --level full", verify("--level", "full")),
        Competitor("verify --level full, with the copy", verify("--tsdb.path", copy, "--level", "full")),
        Competitor("verify, with the copy", verify("--tsdb.path", copy, "--no-download")),
        Competitor("rclone check --download", lambda _: [
            PEERS / "rclone", "check", "--download", "--quiet", copy, f"bench:{BUCKET}"], reference=True,
            **rclone(store)),
    ]
    rounds(f"in a bucket: {gib(size):.2f} GiB", rows, store, size, runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the release builds")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="a data folder")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    # Ends the store, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    store = Store(ROOT / ".bench/store")
    try:
        programs, data = arguments.programs.resolve(), arguments.data.resolve()
        on_disk(programs, data, store, arguments.runs)
        in_bucket(programs, data, store, arguments.runs)
    except Failure as failure:
        sys.exit(f"verify: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        store.end()
        for leftover in ["copy", "state"]:
            shutil.rmtree(ROOT / f".bench/{leftover}", ignore_errors=True)
        (ROOT / f".bench/{BUCKET}.yaml").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
