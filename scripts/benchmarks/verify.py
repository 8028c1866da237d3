#!/usr/bin/env python3
"""Checks the same blocks with verify, promtool and rclone, on disk and in a bucket, and compares what it costs.

On disk: the largest block, by `verify --level full` and by `promtool tsdb analyze --extended`, which checks CRCs and decodes
no float sample. In a bucket: all blocks, by `verify` and by `rclone check --download`, which compares bytes with a local
copy and looks into none of them. One SeaweedFS on this machine, over plain HTTP. Called by scripts/bench.
"""

import shutil
import subprocess

import commandline
from competition import Competitor, blocks, bytes_below, files_below, gib, rounds, warm
from store import PEERS, ROOT, TOOLS, Failure, Store, configuration, environment, rclone

BUCKET = "bench-verify"


def on_disk(programs, data, runs):
    block = max(blocks(data), key=bytes_below)
    size = warm(files_below(block))
    rows = [
        Competitor("verify --level full", lambda _: [
            programs / "verify", "--tsdb.path", data, "--id", block.name, "--level", "full", "--progress", "none"]),
        Competitor("promtool tsdb analyze --extended", lambda _: [
            TOOLS / "bin/promtool", "tsdb", "analyze", "--extended", data, block.name], reference=True),
    ]
    rounds(f"on disk: block {block.name}, {gib(size):.2f} GiB", rows, size, runs)


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
    rounds(f"in a bucket: {gib(size):.2f} GiB", rows, size, runs, store, BUCKET)


def measure(runs, programs, data):
    store = Store(ROOT / ".bench/store")
    try:
        on_disk(programs, data, runs)
        in_bucket(programs, data, store, runs)
    finally:
        store.end()
        for leftover in ["copy", "state"]:
            shutil.rmtree(ROOT / f".bench/{leftover}", ignore_errors=True)
        (ROOT / f".bench/{BUCKET}.yaml").unlink(missing_ok=True)


if __name__ == "__main__":
    commandline.run("verify", __doc__, {"data": "a data folder"}, measure)
