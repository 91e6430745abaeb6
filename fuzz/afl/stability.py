"""Whether a harness takes the same edges for the same input, whatever ran before it in the process.

stability.py PROGRAM FOLDER...: each input of the folders is run in persistent mode in three orders by one process, and once
more by another (at other addresses); the counts of all edges are compared, not their classes as AFL++ does. Prints how many
edges differ, and by which inputs. Ends with 1 if any does.
"""
import argparse
import collections
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

KEPT_INPUTS = 150  # evenly drawn where there are more: a process start is dear, an input cheap


def inputs_of(folders):
    files = sorted(file for folder in folders for file in pathlib.Path(folder).iterdir() if file.is_file())
    step = max(1, -(-len(files) // KEPT_INPUTS))
    return files[::step]


def orders_of(files):
    shuffled = files.copy()
    random.Random(1).shuffle(shuffled)
    return [*files, *reversed(files), *shuffled]


def edges_of(program, order, folder):
    """The edges of each run of `order`, counted, by one process."""
    inputs, maps = folder / "inputs", folder / "maps"
    inputs.mkdir(parents=True)
    for place, file in enumerate(order):
        shutil.copy(file, inputs / f"{place:06}")  # it follows no link
    environment = os.environ | {"AFL_QUIET": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1"}
    subprocess.run(["afl-showmap", "-q", "-r", "-m", "none", "-t", "60000", "-i", inputs, "-o", maps, "--", program],
                   check=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    runs = []
    for place in range(len(order)):
        lines = (maps / f"{place:06}").read_text().split()
        runs.append({edge: int(count) for edge, count in (line.split(":") for line in lines)})
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    files = inputs_of(arguments.folders)
    order = orders_of(files)
    met, unstable = set(), collections.defaultdict(set)
    first = {}
    for process in range(2):
        with tempfile.TemporaryDirectory() as folder:
            runs = edges_of(arguments.program, order, pathlib.Path(folder) / "runs")
        for file, edges in zip(order, runs):
            met.update(edges)
            known = first.setdefault(file, edges)
            for edge, _ in known.items() ^ edges.items():
                unstable[edge].add(file)
    if not met:
        sys.exit("no edges: not built by AFL++, or for no input")
    share = 100 * (1 - len(unstable) / len(met))
    print(f"{pathlib.Path(arguments.program).name}: {len(files)} inputs, {len(met)} edges, {len(unstable)} unstable: {share:.1f} %")
    for edge, by in sorted(unstable.items())[:20]:
        print(f"  edge {edge} by {len(by)} inputs, one of them {min(by)}")
    return 1 if unstable else 0


if __name__ == "__main__":
    sys.exit(main())
