"""Everything that may find a mutant: tests, programs with bugs in them, corpora. And the map of which mutants each comes by."""

import json
import math
import os
import pathlib
import re
import subprocess
import time
from dataclasses import dataclass

import schemata
import trees

UNIT_TESTS = ["core_test", "cached_programs_test", "trace_test", "trace_unwinder_test", "trace_dlclose_test", "options_test",
              "report_test", "runtime_test", "scripts_test"]
# Of these layers the other unit tests find next to nothing, and to compile them takes longer than to run these.
OF_LAYERS = {"core": ["core_test", "cached_programs_test", "runtime_test", "scripts_test"],
             "caches": ["core_test", "cached_programs_test", "runtime_test", "scripts_test"],
             "large": ["runtime_test", "scripts_test"], "guarded": ["runtime_test", "scripts_test"],
             "calls": ["runtime_test", "scripts_test"], "options": ["options_test"], "report": ["report_test"],
             "trace": ["trace_test", "trace_unwinder_test", "trace_dlclose_test", "runtime_test", "scripts_test"]}
# Of ctest's entries: programs under the preloaded library, and corpora.
PROGRAMS = re.compile(r"(fuzz|misuse|runtime|leaks|own_operators|other_allocators|loading|unloaded|preload)\.")
STUCK = 10  # seconds without any work, beyond which a test hangs
LEFT_OUT = re.compile(r".*static$|.*\.link$|fuzz\.(examiner|elf_file|maps_parser|operands)$")


@dataclass
class Test:
    name: str
    command: list
    folder: str
    skipped: int = -1  # the exit status that means that it cannot be run here
    program: str = ""  # of a unit test

    def run(self, seconds):
        """(failed, output)"""
        status, output = trees.attempt_status(self.command, self.folder, math.ceil(seconds), STUCK)
        return status not in (0, self.skipped), output


def unit_programs(layers):
    return [name for name in UNIT_TESTS if any(name in OF_LAYERS.get(layer, UNIT_TESTS) for layer in layers)]


def unit_tests(layers):
    """Each test; a suite with parameters is one."""
    for program in unit_programs(layers):
        path = trees.TESTS / "tests" / program
        listed = subprocess.run([path, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
        for name in names_of(listed):
            yield Test(f"{program}: {name}", [str(path), f"--gtest_filter={name}"], str(trees.TESTS), program=program)


def names_of(listed):
    suite = ""
    for line in listed.splitlines():
        name = line.partition("#")[0].rstrip()
        if not name.startswith(" "):
            suite = name
            if "/" in suite:
                yield f"{suite}*"
        elif "/" not in suite and "DISABLED_" not in name:
            yield suite + name.strip()


def program_tests():
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=trees.TESTS, capture_output=True, text=True, check=True)
    for entry in json.loads(listed.stdout)["tests"]:
        if PROGRAMS.match(entry["name"]) and not LEFT_OUT.match(entry["name"]) and "command" in entry:
            told = {one["name"]: one["value"] for one in entry.get("properties", [])}
            if all(pathlib.Path(word).exists() for word in entry["command"] if word.startswith(str(trees.TESTS))):
                yield Test(entry["name"], entry["command"], told.get("WORKING_DIRECTORY", str(trees.TESTS)),
                           int(told.get("SKIP_RETURN_CODE", -1)))


class Map:
    """Which mutants each test comes by, and the seconds that it takes. Made once for a set of mutants and tests."""

    def __init__(self, switches, digest):
        self.switches, self.path = switches, trees.PLACE / "reach.json"
        kept = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.rows = kept.get("rows", {}) if kept.get("digest") == digest else {}
        self.digest = digest

    def learn(self, tests):
        """Runs what is not on the map yet, with every mutant noting that it was come by."""
        missing = [test for test in tests if test.name not in self.rows]
        if not missing:
            return
        self.switches.choose(schemata.NOTE_ALL)
        try:
            for count, test in enumerate(missing):
                self.rows[test.name] = self.look_at(test)
                if count % 50 == 49:
                    print(f"mapped {count + 1} of {len(missing)} tests", flush=True)
                    self.write()
        finally:
            self.switches.choose(0)
            self.write()

    def look_at(self, test):
        schemata.notes_file().write_bytes(bytes(schemata.MOST))
        begun, worked = time.monotonic(), os.times()
        test.run(120)
        now = os.times()
        cpu = now.children_user + now.children_system - worked.children_user - worked.children_system
        notes = schemata.notes_file().read_bytes()
        return {"seconds": round(max(cpu, 0.01), 3), "wall": round(time.monotonic() - begun, 3),
                "mutants": [number for number, noted in enumerate(notes) if noted]}

    def that_come_by(self, number, tests):
        """The quickest first."""
        met = [test for test in tests if number in self.rows[test.name]["mutants"]]
        return sorted(met, key=lambda test: self.rows[test.name]["seconds"])

    def seconds(self, test):
        return self.rows[test.name]["seconds"]

    def write(self):
        self.path.write_text(json.dumps({"digest": self.digest, "rows": self.rows}))
