#!/usr/bin/env python3
"""Uploads the same blocks with backfill, s5cmd, rclone and aws-cli, and compares what it costs.

All go to one SeaweedFS on this machine, over plain HTTP, each time into a new and empty bucket, one program after the
other and that several times. Called by scripts/bench.
"""

import commandline
from competition import Competitor, files_below, gib, report, warm
from store import PEERS, ROOT, Failure, Store, configuration, rclone


def competitors(programs, data, store):
    def backfill(*flags, v2=False):
        return lambda bucket: [
            programs / "backfill", "--tsdb.path", data, "--objstore.config-file", configuration(store, bucket, v2),
            "--label", 'bench="1"', "--log.level", "warn", *flags,
        ]

    url = f"http://{store.endpoint}"
    plain = ["--check", "none", "--hash-func", ""]
    return [
        Competitor("backfill", backfill()),
        Competitor("backfill, no check, no hash", backfill(*plain)),
        Competitor("backfill, V2, no check, no hash", backfill(*plain, v2=True)),
        Competitor("s5cmd", lambda bucket: [
            PEERS / "s5cmd", "--endpoint-url", url, "--log", "error", "cp", f"{data}/", f"s3://{bucket}/"],
            reference=True),
        Competitor("rclone", lambda bucket: [PEERS / "rclone", "copy", "--quiet", data, f"bench:{bucket}"],
                   **rclone(store)),
        Competitor("aws s3 cp", lambda bucket: [
            PEERS / "aws", "--endpoint-url", url, "s3", "cp", "--recursive", "--only-show-errors", data,
            f"s3://{bucket}/"]),
    ]


def measure(runs, programs, data):
    files = files_below(data)
    size = warm(files)
    store = Store(ROOT / ".bench/store")
    rows = competitors(programs, data, store)
    try:
        print(f"{len(files)} files, {gib(size):.2f} GiB, into SeaweedFS at {store.endpoint}", flush=True)
        for number in range(runs):
            for place, row in enumerate(rows):
                bucket = f"bench-{number}-{place}"
                store.make_bucket(bucket)
                row.run(store, bucket, gib(size))
                count, stored = store.objects(bucket)
                if count != len(files) or stored < size:
                    raise Failure(f"{row.name} left {count} objects of {stored} bytes, not {len(files)} of {size}")
                print(f"{number + 1}: {row.last()}", flush=True)
                store.s5cmd("rm", f"s3://{bucket}/*")
                store.s5cmd("rb", f"s3://{bucket}")
                (ROOT / f".bench/{bucket}.yaml").unlink(missing_ok=True)
    finally:
        store.end()
        report(rows)


if __name__ == "__main__":
    commandline.run("upload", __doc__, {"data": "a data folder"}, measure)
