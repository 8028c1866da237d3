"""Programs that are measured beside each other, round after round, so that noise hits all alike."""

import os
import statistics
import subprocess
import time

from store import GIB, ROOT, Failure, environment


class Competitor:
    """A program with its figures of every round."""

    def __init__(self, name, command, reference=False, **variables):
        """command: makes the words of the command from what a round is about (a bucket's name, or nothing).

        reference: whether others are compared with this one."""
        self.name, self.command, self.variables, self.reference = name, command, variables, reference
        self.wall, self.processor, self.memory, self.server = [], [], [], []

    def run(self, store, subject, gib):
        command = [str(word) for word in self.command(subject)]
        with open(ROOT / ".bench/output", "w+b") as output:
            server, began = store.processor_seconds(), time.monotonic()
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment(**self.variables))
            # The process and whatever it has waited for.
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                raise Failure(f"{' '.join(command)}: {output.read()[-2000:].decode(errors='replace')}")
        self.wall.append(wall)
        self.processor.append((usage.ru_utime + usage.ru_stime) / gib)
        self.memory.append(usage.ru_maxrss / 1024)
        self.server.append((store.processor_seconds() - server) / gib)

    def last(self):
        return f"{self.name}: {self.processor[-1]:.2f} processor s/GiB, {self.wall[-1]:.2f} s, {self.memory[-1]:.0f} MiB"


class NoStore:
    """For programs that read from disk only."""

    def processor_seconds(self):
        return 0


def rounds(title, rows, size, runs, store=NoStore(), subject=""):
    """size: bytes that the figures are about."""
    print(f"\n{title}", flush=True)
    try:
        for number in range(runs):
            for row in rows:
                row.run(store, subject, gib(size))
                print(f"{number + 1}: {row.last()}", flush=True)
    finally:
        report(rows)


def report(rows):
    """Prints the medians, of whole rounds only: what there is, also of a run that was ended early."""
    runs = min(len(row.server) for row in rows)
    if runs == 0:
        return
    reference = next(row for row in rows if row.reference)
    width = max(len(row.name) for row in rows) + 2
    line = "{:<" + str(width) + "}{:>20}{:>16}{:>16}{:>16}"
    print(f"\nmedian of {runs}; in brackets the ratio to {reference.name}; GiB of 2^30 bytes")
    print(line.format("", "processor s/GiB", "wall s", "memory MiB", "store's s/GiB"))

    def cell(row, figure, places):
        middle, base = (statistics.median(getattr(each, figure)[:runs]) for each in (row, reference))
        return f"{middle:.{places}f} ({middle / base:.2f})"

    for row in rows:
        print(line.format(
            row.name, cell(row, "processor", 2), cell(row, "wall", 2), cell(row, "memory", 0),
            f"{statistics.median(row.server[:runs]):.2f}"))


def warm(files):
    """Into the page cache, for the first program as for the others. Returns their bytes."""
    for path in files:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
    return sum(path.stat().st_size for path in files)


def blocks(data):
    return [path for path in sorted(data.iterdir()) if (path / "meta.json").exists()]


def bytes_below(folder):
    return sum(path.stat().st_size for path in files_below(folder))


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def gib(size):
    return size / GIB
