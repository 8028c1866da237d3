#!/usr/bin/env python3
"""Lists 10 000 blocks with inspect, and makes the same requests with s5cmd and rclone.

One SeaweedFS on this machine, over plain HTTP. inspect lists all objects and reads every meta.json; s5cmd lists all objects
and copies every meta.json to a folder in memory, rclone copies every meta.json there, which lists on the way. Called by
scripts/bench.
"""

import argparse
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

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


def measure(programs, data, store, runs, scratch):
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the release builds")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="a folder that metas.py made")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    # Ends the store, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (ROOT / ".bench/home").mkdir(parents=True, exist_ok=True)
    store = Store(ROOT / ".bench/store")
    try:
        store.make_bucket(BUCKET)
        data = arguments.data.resolve()
        if store.s5cmd("--numworkers", "64", "cp", f"{data}/", f"s3://{BUCKET}/").returncode != 0:
            raise Failure("s5cmd could not fill the bucket")
        print(f"{store.objects(BUCKET)[0]} objects", flush=True)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            measure(arguments.programs.resolve(), data, store, arguments.runs, pathlib.Path(scratch))
    except Failure as failure:
        sys.exit(f"inspect: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        store.end()
        (ROOT / f".bench/{BUCKET}.yaml").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
