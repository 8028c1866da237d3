"""What the comparisons have in common as programs: their flags, and how they end."""

import argparse
import pathlib
import signal
import sys

from store import ROOT, Failure


def run(name, description, folders, work):
    """Calls work(runs, programs, *folders), all paths absolute.

    folders: a flag's name and what the folder is, in the order in which work takes them."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the release builds")
    for flag, words in folders.items():
        parser.add_argument(f"--{flag}", type=pathlib.Path, required=True, help=words)
    parser.add_argument("--runs", type=int, default=5)
    given = vars(parser.parse_args())
    # An exception, so that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    (ROOT / ".bench/home").mkdir(parents=True, exist_ok=True)
    try:
        work(given["runs"], *(given[flag].resolve() for flag in ["programs", *folders]))
    except Failure as failure:
        sys.exit(f"{name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
