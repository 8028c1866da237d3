#!/usr/bin/env python3
"""Lists 10 000 blocks with inspect, and makes the same requests with s5cmd and rclone.

One SeaweedFS on this machine, over plain HTTP. inspect lists all objects and reads every meta.json; s5cmd lists all objects
and copies every meta.json to a folder in memory, rclone copies every meta.json there, which lists on the way. Called by
scripts/bench.
"""

import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import commandline
from store import PEERS, ROOT, Failure, Store, configuration, environment, rclone

BUCKET = "bench-inspect"


class Row:
    def __init__(self, name, commands, prepare=lambda: None, **variables):
        self.name, self.commands, self.prepare, self.variables, self.times = name, commands, prepare, variables, []

    def run(self):
        self.prepare()
        began = time.monotonic()
        for command in self.commands:
            done = subprocess.run(
                [str(word) for word in command], env=environment(**self.variables), stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE)
            if done.returncode != 0:
                raise Failure(f"{self.name}: {done.stderr[-2000:].decode(errors='replace')}")
        self.times.append(time.monotonic() - began)


def compare(programs, data, store, runs, scratch):
    bucket = configuration(store, BUCKET)
    inspect = [programs / "inspect", "blocks", "--output", "csv"]
    in_bucket = [*inspect, "--objstore.config-file", bucket]
    plan = [programs / "inspect", "plan", "--output", "json"]
    planned = [*plan, "--objstore.config-file", bucket]
    cache, copy = scratch / "cache", scratch / "copy"
    endpoint = ["--endpoint-url", f"http://{store.endpoint}", "--numworkers", "48"]

    def fresh():
        for folder in (cache, copy):
            shutil.rmtree(folder, ignore_errors=True)

    rows = [
        Row("inspect, folder", [[*inspect, "--tsdb.path", data]]),
        Row("inspect, bucket, --no-cache", [[*in_bucket, "--no-cache"]]),
        Row("inspect, bucket, first run", [in_bucket], fresh, XDG_CACHE_HOME=str(cache)),
        Row("inspect, bucket, second run", [in_bucket], XDG_CACHE_HOME=str(cache)),
        Row("inspect plan, folder", [[*plan, "--tsdb.path", data]]),
        Row("inspect plan, bucket, first run", [planned], fresh, XDG_CACHE_HOME=str(cache)),
        Row("inspect plan, bucket, second run", [planned], XDG_CACHE_HOME=str(cache)),
        Row("s5cmd ls + cp */meta.json", [
            [PEERS / "s5cmd", *endpoint, "ls", f"s3://{BUCKET}/*"],
            [PEERS / "s5cmd", *endpoint, "cp", f"s3://{BUCKET}/*/meta.json", f"{copy}/"]], fresh),
        Row("rclone copy --include */meta.json", [
            [PEERS / "rclone", "copy", "--transfers", "48", "--checkers", "48", "--include", "/*/meta.json",
             f"bench:{BUCKET}", copy]], fresh, **rclone(store)),
    ]
    for number in range(runs):
        for row in rows:
            row.run()
            print(f"{number + 1}: {row.name}: {row.times[-1]:.2f} s", flush=True)
    print(f"\nmedian of {runs}, wall s")
    for row in rows:
        print(f"{row.name:<36}{statistics.median(row.times):>8.2f}")


def measure(runs, programs, data):
    store = Store(ROOT / ".bench/store")
    try:
        store.make_bucket(BUCKET)
        if store.s5cmd("--numworkers", "64", "cp", f"{data}/", f"s3://{BUCKET}/").returncode != 0:
            raise Failure("s5cmd could not fill the bucket")
        print(f"{store.objects(BUCKET)[0]} objects", flush=True)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            compare(programs, data, store, runs, pathlib.Path(scratch))
    finally:
        store.end()
        (ROOT / f".bench/{BUCKET}.yaml").unlink(missing_ok=True)


if __name__ == "__main__":
    commandline.run("inspect", __doc__, {"data": "a folder that metas.py made"}, measure)
