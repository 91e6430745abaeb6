#!/usr/bin/env python3
"""Which part of Padlock finds which kind of bug: every program of tests/misuse with a bug in it, with parts of Padlock turned off.

    ./dev parts

prints docs/PERFORMANCE.md's table "What each part finds": of each kind of bug how many programs' first reports name it, of how many if
not of all. What comes by another name is in brackets: `*p ^= 1` after free is a read where the page is closed. Programs ask for options of
their own (`// options:`), which hold except for what a column turns off. One that finds blocks lying otherwise than its bug needs
aborts or begins again: it does not count in that column.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import resource
import signal
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent
NOTHING = "guard_per_site=0:intercept=0"
# Guards at once instead of after the first thousand allocations, which none of these programs makes.
COLUMNS = {
    "padding, headers, poison": f"{NOTHING}",
    "and guards": "guard_per_site=2:guard_after=0:intercept=0",
    "and calls": "guard_per_site=0:intercept=1",
    "all of them": "guard_per_site=2:guard_after=0:intercept=1",
    "strict": "guard_all=1",
}
ACCESS = re.compile(r": (?:[^:]*?\b)?(reads?|writes?|written|copies)\b")
DOES = {"read": "reads", "reads": "reads", "copies": "copies"}  # else it writes
CALL = re.compile(r": \w+\(\) (reads|writes|copies)")
ACCESSES = ("heap-buffer-", "use-after-", "use-of-", "overlapping")


class Program:
    """One source and what it was built to; `expected` is the report's first line."""

    def __init__(self, source, build):
        self.text = source.read_text()
        self.path = build / "tests/misuse/preload" / f"{source.parent.name}.{source.stem}" / source.stem
        self.kind = self.said("expect")
        report = source.with_suffix(".expected")
        self.expected = report.read_text().splitlines()[0] if report.exists() else ""

    def said(self, word):
        found = re.search(rf"^// {word}: (.*)$", self.text, re.M)
        return found.group(1).strip() if found else ""

    def row(self):
        """The kind of bug, and for an access whether it reads or writes and who does it."""
        access = ACCESS.search(self.expected)
        if not access or not self.kind.startswith(ACCESSES):
            return self.kind, ""
        does = DOES.get(access.group(1), "writes")
        return self.kind, f"a function of libc {does}" if CALL.search(self.expected) else f"the program {does}"


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


REFUSED = "the program could not do what it is for"


def first_kind(command, environment):
    """The kind that the first report names, nothing, or REFUSED."""
    try:
        run = subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                             preexec_fn=limits, check=False)
    except subprocess.TimeoutExpired:
        return REFUSED
    found = re.search(rb"ERROR: Padlock: ([a-z-]+): ", run.stderr)
    if found:
        return found.group(1).decode()
    return REFUSED if run.returncode == -signal.SIGABRT else ""


def verdict(program, column, build):
    options = ":".join(filter(None, ["guard_per_site=0", program.said("options"), COLUMNS[column]]))
    return first_kind([program.path], {"LD_PRELOAD": str(build / "lib/libpadlock.so"), "PADLOCK_OPTIONS": options, "LC_ALL": "C"})


def cell(row, column):
    of_how_many = "" if row[column, "tried"] == row["programs"] else f" of {row[column, 'tried']}"
    by_another_name = f" ({row[column, 'other']})" if row[column, "other"] else ""
    return f"{row[column]}{of_how_many}{by_another_name}"


def table(programs, build):
    columns = list(COLUMNS)
    found = collections.defaultdict(collections.Counter)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {(program, column): pool.submit(verdict, program, column, build) for program in programs for column in COLUMNS}
        for (program, column), job in jobs.items():
            kind = job.result()
            row = found[program.row()]
            row["programs"] += column == columns[0]
            row[column] += kind == program.kind
            row[column, "other"] += kind not in ("", REFUSED, program.kind)
            row[column, "tried"] += kind != REFUSED
    yield f"| bug | by | programs | {' | '.join(columns)} |"
    yield "|" + "---|" * (len(columns) + 3)
    for row in sorted(found):
        yield f"| {row[0]} | {row[1]} | {found[row]['programs']} | {' | '.join(cell(found[row], column) for column in columns)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=FOLDER.parent.parent / "build/release", help="a build with its tests")
    arguments = parser.parse_args()
    programs = [Program(source, arguments.build) for source in sorted(FOLDER.glob("*/*.c*"))]
    programs = [program for program in programs if program.kind not in ("", "nothing") and program.path.exists()]
    for line in table(programs, arguments.build):
        print(line)


if __name__ == "__main__":
    main()
