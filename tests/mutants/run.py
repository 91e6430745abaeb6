#!/usr/bin/env python3
"""Plants bugs in a copy of the sources, one at a time, and sees whether the tests or the harnesses find them.

run.py [--sample] [--thorough] [--trust] [--harness H] [--effort N] [--table FILE] [count or names...]

  --sample     the fixed dozen that CI runs
  --thorough   the harnesses have a go even at what the tests have found
  --trust      leaves out the run without a mutant, which the last one made
  --harness H  that harness alone has a go, and no tests
  --effort N   N times as many executions for each harness
  --table FILE write the table there as well, as Markdown; rows of other mutants stay

run.py --generated [--seed S] [--layer L,...] [--operator O] [--minutes M] [--table FILE] [count]

  --generated  mutants by rule from the sources: a sample of 100, or of `count`; reports survivors without failing
  --seed S     of the sample; without one: the week
  --minutes M  begins with no mutant after them; what has a verdict is not tried again
"""

import argparse
import pathlib
import sys
import time

import hunt
import mutation
import trees


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--trust", action="store_true")
    parser.add_argument("--harness")
    parser.add_argument("--effort", type=int, default=1)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--seed")
    parser.add_argument("--layer")
    parser.add_argument("--operator")
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("wanted", nargs="*")
    return parser.parse_args()


def chosen(mutants, given):
    if given.sample:
        return [mutant for mutant in mutants if mutant.sample]
    if not given.wanted:
        return mutants
    if len(given.wanted) == 1 and given.wanted[0].isdigit():
        return mutants[:: max(1, len(mutants) // int(given.wanted[0]))][: int(given.wanted[0])]
    known = {name for mutant in mutants for name in (mutant.name, mutant.layer)}
    unknown = set(given.wanted) - known
    if unknown:
        raise mutation.MutantError(f"no mutant or layer named {', '.join(sorted(unknown))}")
    return [mutant for mutant in mutants if mutant.name in given.wanted or mutant.layer in given.wanted]


def judge(mutant, given):
    """(killed by tests, killed by harness, executions); None where it does not compile."""
    target = trees.SOURCE / mutant.file
    sound = target.read_text()
    target.write_text(mutation.mutated(mutant, trees.SOURCE))
    try:
        if given.harness:
            harness = hunt.by_harnesses(mutant.layer, given.effort, given.harness)
            return None if harness is None else ("", *harness)
        tests = hunt.by_tests(hunt.folder_of(mutant), mutant.layer, mutant.file)
        if tests is None:
            return None
        if tests and not given.thorough:
            return tests, "", 0
        harness = hunt.by_harnesses(mutant.layer, given.effort)
        return None if harness is None else (tests, *harness)
    finally:
        target.write_text(sound)


def require_sound(mutants, only):
    """Without a bug nothing may fail: everything would pass for killed."""
    if only:
        harness = hunt.by_harnesses("", 0, only)
        if harness is None or harness[0]:
            raise mutation.MutantError(f"{only} fails without a mutant, see {trees.PLACE}")
        return
    for folder in sorted({hunt.folder_of(mutant) for mutant in mutants}):
        failed = hunt.by_tests(folder)
        if failed != "":
            raise mutation.MutantError(f"{folder} fails without a mutant: {failed}, see {trees.PLACE}")
    for layer in sorted({mutant.layer for mutant in mutants}):
        harness = hunt.by_harnesses(layer, 0)
        if harness is None or harness[0]:
            raise mutation.MutantError(f"{layer} fails without a mutant: {harness}, see {trees.PLACE}")


HEAD = "| mutant | killed by the test | killed by the harness | after executions |\n|---|---|---|---|\n"


class Table:
    """Rows as they come, on the terminal and in a Markdown file, which keeps its beginning and rows of other mutants."""

    def __init__(self, path, mutants, untried="none"):
        self.untried = untried
        self.path = path
        self.order = [name_of(mutant) for mutant in mutants]
        self.beginning, _, table = (path.read_text() if path and path.exists() else "").partition(HEAD)
        cells = [line.strip("| ").split(" | ") for line in table.splitlines()]
        self.rows = {row[0]: row for row in cells if row[0] in self.order}
        self.survivors = []

    def add(self, mutant, verdict, seconds):
        name = name_of(mutant)
        tests, harness, executions = verdict or ("DOES NOT COMPILE", "", 0)
        if verdict is None or not (tests or harness):
            self.survivors.append(name)
        dash = "-" if executions == 0 else "none"
        row = [name, tests or self.untried, harness or dash, str(executions or "-")]
        print(f"{row[0]:<58} {row[1]:<72} {row[2]:<16} {row[3]:>7}  {seconds:4.0f} s", flush=True)
        self.rows[name] = row
        if self.path:
            self.write()

    def write(self):
        known = [self.rows[name] for name in self.order if name in self.rows]
        self.path.write_text(self.beginning + HEAD + "".join(f"| {' | '.join(row)} |\n" for row in known))


def name_of(mutant):
    return f"{mutant.layer}: {mutant.name}"


def main():
    given = arguments()
    if given.generated:
        import generated  # takes libclang, which the others do not

        given.count = int(given.wanted[0]) if given.wanted else 100
        return generated.run(given)
    mutants = mutation.load(pathlib.Path(__file__).resolve().parent)
    wanted = chosen(mutants, given)
    trees.refresh_copy()
    mutation.verify(mutants, trees.SOURCE)
    trees.configure(quick=not given.sample)
    if not given.trust:
        require_sound(wanted, given.harness)
    table = Table(given.table, mutants, "not run" if given.harness else "none")
    for mutant in wanted:
        begun = time.monotonic()
        table.add(mutant, judge(mutant, given), time.monotonic() - begun)
    print(f"{len(wanted)} mutants, {len(table.survivors)} survived {' '.join(table.survivors)}")
    return 1 if table.survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except mutation.MutantError as error:
        sys.exit(f"mutants: {error}")
