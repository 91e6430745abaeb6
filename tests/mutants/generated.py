"""Mutants by rule: a sample of them is compiled into one build, and each gets its turn before the tests that come by it.

run.py --generated [N] [--seed S] [--layer L,...] [--operator O] [--minutes M] [--no-harnesses] [--table FILE]
"""

import concurrent.futures
import datetime
import fnmatch
import pathlib
import re
import time

import candidates
import hunt
import object_code
import reach
import schemata
import score
import trees
import verdicts
from verdicts import KILLED, LISTED, REFUSED, SAME_CODE, SURVIVED, Verdict

HERE = pathlib.Path(__file__).resolve().parent
OWN_OPTIONS = "-O1;-g1;-Wno-narrowing"
PROGRAM_SECONDS = 60  # of programs for a mutant that unit tests and corpora let pass
# Of the folder of the harnesses, as hand-made mutants have them.
HARNESSES = {"large": "runtime", "guarded": "runtime", "calls": "runtime", "options": None}


def week():
    year, number, _ = datetime.date.today().isocalendar()
    return f"{year}-W{number:02}"


def prepare():
    trees.settle_in(trees.ROOT / "build" / "mutants" / "generated")
    trees.PLACE.mkdir(parents=True, exist_ok=True)
    trees.refresh_beside_mutants()
    for file in sources():
        target = trees.SOURCE / file
        if not target.exists():  # cmake wants to see them
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(original(file))
    trees.configure(quick=False, own=OWN_OPTIONS)


def sources():
    return [str(path.relative_to(trees.PRISTINE)) for path in sorted((trees.PRISTINE / "src").rglob("*"))
            if path.suffix in (".h", ".cpp")]


def original(file):
    return (trees.PRISTINE / file).read_bytes().decode("latin-1")


def drawn(given):
    layers = set(given.layer.split(",")) if given.layer else set(candidates.NAMES)
    every = [one for one in candidates.all_of(layers) if given.operator in (None, one.operator)]
    seed = week() if given.seed in (None, "week", "date") else given.seed
    sample = candidates.sample(every, given.count, seed)
    print(f"{len(every)} mutants by rule, {len(sample)} of them drawn with the seed {seed}", flush=True)
    return sample, seed


class Hunt:
    """The build with all mutants of a sample, and what may kill them."""

    def __init__(self, numbered, refuse):
        """`numbered`: {number: mutant}; `refuse` is called with each that does not compile."""
        self.originals = {file: original(file) for file in sources()}
        self.numbered = numbered
        layers = {one.layer for one in numbered.values()}
        targets = ["padlock_preload", *reach.unit_programs(layers), *self.program_targets()]
        schemata.build(trees.TESTS, self.numbered, self.originals, targets, refuse)
        built = [("tests", "*_test"), ("fuzz", "replay_*"), ("lib", "libpadlock.so.?.?.?")]
        self.switches = schemata.Switches([file for folder, name in built for file in (trees.TESTS / folder).glob(name)])
        self.switches.choose(0)
        others = list(reach.program_tests())
        self.units = list(reach.unit_tests(layers))
        # Schedules take longer than all the others together: a harness of their own looks for what only they find.
        others = [test for test in others if test.name != "fuzz.schedules"]
        self.corpora = [test for test in others if test.name.startswith("fuzz.")]
        self.programs = [test for test in others if not test.name.startswith("fuzz.")]
        self.map = reach.Map(self.switches, self.digest())
        self.numbers = {one.key: number for number, one in self.numbered.items()}
        self.compiler = object_code.Compiler()
        self.sound, self.unsound = set(), set()
        self.met = set()  # what a unit test or a corpus comes by
        self.pool = concurrent.futures.ThreadPoolExecutor(trees.jobs())

    def program_targets(self):
        return [*trees.program_targets(), *trees.replay_targets()]

    def digest(self):
        """Of what the map depends on: what is woven in, and the tests."""
        return candidates.hash_of(repr([(number, one.key) for number, one in self.numbered.items()]) +
                                  verdicts.digest(trees.ROOT, ("src", "tests", "fuzz", "corpus")))

    def judge_quickly(self, mutant):
        """By unit tests and corpora; None where it takes the programs."""
        number = self.numbers[mutant.key]
        for tests in (self.units, self.corpora):
            by, met = self.first_failure(number, tests)
            if by:
                return Verdict(KILLED, by)
            if met:
                self.met.add(mutant.key)
        return Verdict(SAME_CODE) if self.compiler.same_code(mutant, self.originals[mutant.file]) else None

    def judge_by_programs(self, mutant):
        by, met = self.first_failure(self.numbers[mutant.key], self.programs, PROGRAM_SECONDS, hunt.near(mutant.file))
        if by:
            return Verdict(KILLED, by)
        return Verdict(SURVIVED, "" if met or mutant.key in self.met else "no test comes by it")

    def first_failure(self, number, tests, seconds=3600, near=""):
        """(the first test that fails with the mutant and not without, whether any comes by it). Tests are mapped when needed;
        those that the expression `near` finds go first."""
        self.map.learn(tests)
        met = self.map.that_come_by(number, tests)
        if near:
            met.sort(key=lambda test: re.search(near, test.name) is None)
        self.switches.choose(number)
        try:
            return self.first_of(met, seconds), bool(met)
        finally:
            self.switches.choose(0)

    def first_of(self, tests, seconds):
        groups = []
        for group in grouped(tests, self.map.seconds):
            seconds -= self.usual(group)
            if seconds < 0:
                break
            groups.append(group)
        for begin in range(0, len(groups), trees.jobs()):
            several = groups[begin:begin + trees.jobs()]
            done = list(self.pool.map(lambda group: together(group).run(2 + 5 * self.usual(group)), several))
            for group, (failed, output) in zip(several, done):
                if not failed:
                    continue
                by = failed_in(group, output)
                name = by.rpartition(" ")[0] if by.endswith((" hangs", " crashes")) else by
                if self.is_sound(next((test for test in group if fnmatch.fnmatchcase(name, test.name)), group[0])):
                    return by
        return ""

    def usual(self, group):
        return sum(self.map.seconds(test) for test in group)

    def is_sound(self, test):
        """Whether a test that failed passes without a mutant: seen to once, when it matters."""
        if test.name in self.unsound:
            return False
        if test.name not in self.sound:
            number, _ = self.switches.now, self.switches.choose(0)
            failed, _ = test.run(30 + 5 * self.map.seconds(test))
            self.switches.choose(number)
            (self.unsound if failed else self.sound).add(test.name)
            if failed:
                print(f"fails without a mutant, is not counted: {test.name}", flush=True)
        return test.name in self.sound


def grouped(tests, seconds_of):
    """Unit tests of one program at once, the quickest first; every other test alone."""
    groups, taken = [], set()
    for test in tests:
        if test.name in taken:
            continue
        group, total = [test], seconds_of(test)
        if test.program:
            for other in tests:
                if other.program == test.program and other is not test and other.name not in taken and len(group) < 100:
                    if total + seconds_of(other) > 1:
                        break
                    group.append(other)
                    total += seconds_of(other)
        taken |= {one.name for one in group}
        groups.append(group)
    return groups


def together(group):
    first = group[0]
    if not first.program:
        return first
    names = ":".join(test.name.partition(": ")[2] for test in group)
    return reach.Test(first.name, [first.command[0], "--gtest_fail_fast", f"--gtest_filter={names}"], first.folder)


def failed_in(group, output):
    first = group[0]
    if first.program:
        return f"{first.program}: {hunt.first_failure(output)}"
    return first.name + (" hangs" if trees.HANGS in output else "")


def run(given):
    begun = time.monotonic()
    prepare()
    sample, seed = drawn(given)
    sources_now, store = verdicts.Sources(), verdicts.Store()
    listed = verdicts.load_equivalent(HERE / "equivalent.txt")

    def refuse(mutant):
        sources_now.keep(store, mutant, Verdict(REFUSED))

    # By their places in the whole sample: the others keep theirs when one is refused, and are not compiled again.
    hunted = Hunt({number: one for number, one in enumerate(sample, 1) if not sources_now.refused(store, one)}, refuse)
    print(f"built in {time.monotonic() - begun:.0f} s", flush=True)
    results, start, judged = [], time.monotonic(), 0
    # What is killed quickly first; orders, which are scored apart, last.
    waiting = sorted((one for one in sample if one.key in hunted.numbers), key=lambda one: one.operator == "order")
    for judge in (hunted.judge_quickly, hunted.judge_by_programs):
        left = []
        for mutant in waiting:
            verdict, at = sources_now.find(store, mutant), time.monotonic()
            if verdict is None and at - begun < given.minutes * 60:
                verdict = judge(mutant)
                if verdict is not None:
                    verdict.seconds = round(time.monotonic() - at, 1)
                    judged += 1
                    sources_now.keep(store, mutant, verdict)
            if verdict is None:
                left.append(mutant)
                continue
            if verdict.fate == SURVIVED and mutant.key in listed:
                verdict = Verdict(LISTED, listed[mutant.key])
            results.append((mutant, verdict))
            print(score.line(mutant, verdict), flush=True)
        waiting = sorted(left, key=lambda one: (one.operator == "order", one.layer != "calls"))  # programs test calls
        print(f"{len(waiting)} left that survived so far, or were not tried", flush=True)
    hours = max(time.monotonic() - start, 1) / 3600
    print(f"{judged} judged, {judged / hours:.0f} an hour, {judged / max(time.monotonic() - begun, 1) * 3600:.0f} with the build")
    text = score.table(results, seed, [one for one in waiting if one.operator != "order"])
    print(text)
    if given.table:
        score.write(given.table, text)
    return 0
