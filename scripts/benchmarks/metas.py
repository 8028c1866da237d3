#!/usr/bin/env python3
"""Makes a folder of many blocks that are nothing but their meta.json and files of a size: what a table of blocks reads.

    scripts/benchmarks/metas.py COUNT FOLDER

Two clusters, raw blocks of 2 h and 8 h and their 5m and 1h ones, as a bucket has them after some years. Index and segments
are sparse: their sizes are real, a handful of KiB so that they can be uploaded, and there is nothing in them but a table of
contents at the end of each index.
"""

import json
import pathlib
import random
import struct
import sys

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HOUR = 3_600_000
START = 1_600_000_000_000 // (2 * HOUR) * (2 * HOUR)


def ulid(milliseconds, generator):
    number = milliseconds << 80 | generator.getrandbits(80)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def meta(name, start, hours, level, resolution, cluster, generator, files):
    series = generator.randrange(50_000, 200_000)
    chunks = series * max(1, hours // 2)
    return {
        "ulid": name, "minTime": start, "maxTime": start + hours * HOUR,
        "stats": {"numSamples": chunks * 115, "numFloatSamples": chunks * 115, "numSeries": series, "numChunks": chunks},
        "compaction": {
            "level": level, "sources": [name if level == 1 else ulid(start + i, generator) for i in range(4 ** (level - 1))]},
        "version": 1,
        "thanos": {
            "labels": {"cluster": cluster, "replica": "a"}, "downsample": {"resolution": resolution},
            "source": "sidecar" if level == 1 else "compactor",
            "segment_files": [pathlib.PurePath(path).name for path in files if "/" in path],
            "files": [{"rel_path": path, "size_bytes": size} for path, size in files.items()] + [{"rel_path": "meta.json"}],
            "upload_time": "2026-01-01T00:00:00.123456789Z", "index_stats": {"series_max_size": 512, "chunk_max_size": 2048},
        },
    }


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def contents(size):
    """The table of contents of an index of so many bytes, with sections of about equal length."""
    part = size // 4 // 16 * 16
    offsets = struct.pack(">6Q", 5, part, 2 * part, 3 * part, 2 * part, 3 * part)
    return offsets + struct.pack(">I", crc32c(offsets))


def make(count, folder):
    generator = random.Random(5)
    kinds = [(2, 1, 0), (8, 2, 0), (48, 3, 300_000), (336, 4, 3_600_000)]
    times = {}
    for number in range(count):
        cluster = ("eu1", "us1")[number % 2]
        hours, level, resolution = kinds[0 if number % 20 < 16 else 1 + number % 3]
        start = times.get((cluster, level), START)
        times[cluster, level] = start + hours * HOUR
        name = ulid(start + hours * HOUR, generator)
        files = {"index": generator.randrange(1_000, 4_000)}
        for segment in range(1 + generator.randrange(2)):
            files[f"chunks/{segment + 1:06}"] = generator.randrange(1_000, 8_000)
        block = folder / name
        (block / "chunks").mkdir(parents=True)
        for path, size in files.items():
            with open(block / path, "wb") as file:
                file.truncate(size)
                if path == "index":
                    file.seek(-52, 2)
                    file.write(contents(size))
        document = meta(name, start, hours, level, resolution, cluster, generator, files)
        (block / "meta.json").write_text(json.dumps(document, indent="\t"))
        if number % 100 == 99:
            marker = {"id": name, "version": 1, "no_compact_time": 1_700_000_000, "reason": "manual"}
            (block / "no-compact-mark.json").write_text(json.dumps(marker))


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    make(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
