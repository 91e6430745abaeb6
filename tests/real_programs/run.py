#!/usr/bin/env python3
"""Runs real programs under their own workloads, plainly and under Padlock, and compares.

A program is a script tests/real_programs/TIER/NAME.sh. Its first comment says what it does; these lines follow:
    # needs: programs and files without which it is skipped
    # packages: the Debian packages that they are in (where they are not the same)
    # finds: KIND of the true bug that Padlock reports in it, see docs/FOUND.md
    # unguarded: programs that bring a malloc of their own: Padlock must say that nothing is guarded
    # privileged: programs that it starts and that gain privileges: Padlock may say that they are not guarded
Each run is in an empty directory, with no input, and everything that the script starts inherits the library. What a
script prints must be the same each time. Scripts come upon common.sh in $PADLOCK_PROGRAMS.

Verdicts: "passed", "found" (the true bug, and nothing else), "skipped" (not installed, or the script ends with 77, as
it may not do its work here), and "FAILED": a difference in exit status, output or standard error, any other report, a
run that does not end. The exit status is 1 if anything failed. Processor time (of all processes that were waited for,
so that other load on the machine matters little) and peak memory (of the largest process) are given as ratios to the
plain run.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TIERS = ("ci", "weekly", "big")
LIMIT = 600.0  # seconds for one run
SKIPPED = 77  # exit status of a script that cannot do its work here; and of this one where everything was skipped


@dataclass
class Program:
    name: str
    tier: str
    script: Path
    purpose: str = ""
    tags: dict = field(default_factory=dict)

    def words(self, tag):
        return self.tags.get(tag, "").split()

    def packages(self):
        return self.words("packages") or [Path(need).name for need in self.words("needs")]

    def missing(self):
        return [need for need in self.words("needs") if shutil.which(need) is None and not Path(need).exists()]


def load(script):
    program = Program(script.stem, script.parent.name, script)
    comment = []
    for line in script.read_text().splitlines()[1:]:
        if not line.startswith("# "):
            break
        tag, separator, value = line[2:].partition(": ")
        if separator and tag in ("needs", "packages", "finds", "unguarded", "privileged"):
            program.tags[tag] = value
        else:
            comment.append(line[2:])
    program.purpose = " ".join(comment)
    return program


def all_programs():
    return [load(script) for tier in TIERS for script in sorted((HERE / tier).glob("*.sh"))]


@dataclass
class Run:
    status: object  # an exit status, or "still running after ... s"
    output: str
    messages: str
    reports: str
    seconds: float  # of the processor
    kilobytes: int


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def usage_of(report):
    """Seconds and kilobytes, from what time(1) wrote last; a process that Python started could not be measured by
    Python itself, as the kernel counts what its parent had in memory."""
    words = report.read_text().split() if report.exists() else []
    return (float(words[-3]) + float(words[-2]), int(words[-1])) if len(words) >= 3 else (0.0, 0)


def run_once(program, library, source):
    with tempfile.TemporaryDirectory(prefix="padlock-real-", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        base.chmod(0o777)
        work = base / "work"
        work.mkdir(mode=0o777)
        work.chmod(0o777)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "PADLOCK_"))}
        environment |= {"LC_ALL": "C", "TZ": "UTC", "HOME": str(work), "TMPDIR": str(work),
                        "PADLOCK_SOURCE_DIR": str(source), "PADLOCK_PROGRAMS": str(HERE)}
        guard = [] if library is None else [f"LD_PRELOAD={library}", f"PADLOCK_OPTIONS=log_path={base}/report.%p"]
        usage = base / "usage"
        command = ["time", "-q", "-o", usage, "-f", "%U %S %M", "env", *guard, "bash", program.script]
        with open(base / "output", "wb") as output, open(base / "messages", "wb") as messages:
            process = subprocess.Popen(command, cwd=work, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=messages, start_new_session=True)
            try:
                status = process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                status = f"still running after {LIMIT:.0f} s"
        end_group(process.pid)  # a script leaves nothing running
        process.wait()
        reports = "".join(path.read_text(errors="replace") for path in sorted(base.glob("report.*")))
        def text(name):
            return (base / name).read_text(errors="replace").replace(folder, "FOLDER")
        return Run(status, text("output"), text("messages"), reports, *usage_of(usage))


KIND = re.compile(r"ERROR: Padlock: ([a-z-]+)|cannot be preloaded")
UNGUARDED = "nothing is guarded"


def first_difference(name, one, other):
    if one == other:
        return ""
    before, after = one.splitlines(), other.splitlines()
    at = next((i for i, pair in enumerate(zip(before, after)) if pair[0] != pair[1]), min(len(before), len(after)))
    def line(lines):
        return repr(lines[at][:160]) if at < len(lines) else "the end"
    return f"{name}, line {at + 1}: {line(before)} plainly, {line(after)} under Padlock"


def judge(program, plain, guarded):
    """The verdict and what it is based on."""
    messages = guarded.reports + guarded.messages
    kinds = {match.group(1) or match.group(0) for match in KIND.finditer(messages)}
    if kinds:
        if kinds == set(program.words("finds")):
            return "found", ", ".join(sorted(kinds))
        return "FAILED", "a report: " + "\n".join(messages.splitlines()[:40])
    if program.words("finds"):
        return "FAILED", f"{program.tags['finds']} was not found"
    for name, one, other in (("exit status", str(plain.status), str(guarded.status)),
                             ("output", plain.output, guarded.output),
                             ("standard error", plain.messages, guarded.messages)):
        if difference := first_difference(name, one, other):
            return "FAILED", difference
    says_so = UNGUARDED in guarded.reports
    for name in program.words("unguarded"):
        if not any(UNGUARDED in line and name in line for line in guarded.reports.splitlines()):
            return "FAILED", f"Padlock does not say that {name} is not guarded"
    if says_so and not program.words("unguarded") and not program.words("privileged"):
        return "FAILED", guarded.reports
    return "passed", "not guarded, and says so" if says_so else ""


@dataclass
class Result:
    program: Program
    verdict: str
    reason: str = ""
    slower: float = 0.0
    larger: float = 0.0


def best_of(program, library, source, rounds):
    runs = [run_once(program, library, source) for _ in range(rounds)]
    best = min(runs, key=lambda run: run.seconds)
    odd = next((run for run in runs if (run.status, run.output) != (best.status, best.output)), best)
    odd.seconds = best.seconds
    return odd


def examine(program, library, source, rounds):
    if missing := program.missing():
        return Result(program, "skipped", "not installed: " + " ".join(missing))
    warm = run_once(program, None, source)  # programs and files are in memory from here on
    if warm.status == SKIPPED:
        return Result(program, "skipped", warm.output.strip())
    plain = best_of(program, None, source, rounds)
    for name in ("status", "output", "messages"):
        if getattr(warm, name) != getattr(plain, name):
            return Result(program, "FAILED", "differs without Padlock: " +
                          first_difference(name, str(getattr(warm, name)), str(getattr(plain, name))))
    if plain.status != 0:
        return Result(program, "FAILED", f"status {plain.status} without Padlock: {plain.messages[-1000:]}")
    guarded = best_of(program, library, source, rounds)
    return Result(program, *judge(program, plain, guarded), guarded.seconds / max(plain.seconds, 0.01),
                  guarded.kilobytes / max(plain.kilobytes, 1))


def ratios_of(result):
    measured = result.verdict == "passed" and result.slower
    return (f"{result.slower:.2f}", f"{result.larger:.2f}") if measured else ("", "")


def mean(values):
    product = 1.0
    for value in values:
        product *= value
    return product ** (1 / len(values)) if values else 0.0


def table(results):
    lines = ["| program | tier | verdict | time | memory | workload |", "|---|---|---|---|---|---|"]
    for result in results:
        about = result.reason.splitlines()[0] if result.reason else ""
        verdict = f"{result.verdict}: {about}" if about else result.verdict
        time_ratio, memory_ratio = ratios_of(result)
        lines.append(f"| {result.program.name} | {result.program.tier} | {verdict} | {time_ratio} | {memory_ratio} | "
                     f"{result.program.purpose} |")
    return "\n".join(lines) + "\n"


def summary(results):
    counts = {verdict: sum(result.verdict == verdict for result in results)
              for verdict in ("passed", "found", "skipped", "FAILED")}
    measured = [result for result in results if ratios_of(result)[0]]
    return (", ".join(f"{count} {verdict}" for verdict, count in counts.items()) +
            f"; geometric means of the ratios: time {mean([result.slower for result in measured]):.2f}, "
            f"memory {mean([result.larger for result in measured]):.2f}")


def show_progress(result, number, count):
    slower, larger = ratios_of(result)
    print(f"[{number}/{count}] {result.program.name:<16} {result.verdict:<8} "
          f"{'time ' + slower if slower else '':<11} {'memory ' + larger if larger else '':<13} {result.reason}", flush=True)


def must_be_in_effect(library):
    environment = os.environ | {"LD_PRELOAD": str(library), "PADLOCK_OPTIONS": "verbosity=1"}
    said = subprocess.run(["/bin/true"], env=environment, capture_output=True, text=True, check=False).stderr
    if "padlock" not in said.lower():
        sys.exit(f"{library} is not in effect")


def select(arguments):
    programs = all_programs()
    unknown = set(arguments.names) - {program.name for program in programs}
    if unknown:
        sys.exit("no such program: " + " ".join(sorted(unknown)))
    if arguments.names:
        return [program for program in programs if program.name in arguments.names]
    tiers = TIERS[:TIERS.index(arguments.tier) + 1] if arguments.tier != "big" else ("big",)
    return [program for program in programs if program.tier in tiers]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev real-programs", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="programs; without any, those of the tier")
    parser.add_argument("--tier", choices=TIERS, default="ci", help="weekly: those of ci too; big: those alone")
    parser.add_argument("--library", type=Path, default=HERE.parents[1] / "build/release/lib/libpadlock.so")
    parser.add_argument("--rounds", type=int, default=1, help="of each; the fastest counts")
    parser.add_argument("--table", type=Path, help="write the verdicts there, as Markdown")
    parser.add_argument("--install", action="store_true", help="install the Debian packages first (./dev does it)")
    parser.add_argument("--list", action="store_true", help="list the programs and stop")
    parser.add_argument("--packages", action="store_true", help="list the Debian packages that they need and stop")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    programs = select(arguments)
    if arguments.list:
        for program in programs:
            print(f"{program.name:<16} {program.tier:<7} {program.purpose}")
        return 0
    if arguments.packages:
        print("\n".join(sorted({package for program in programs for package in program.packages()})))
        return 0
    library = arguments.library.resolve()
    must_be_in_effect(library)
    results = []
    for number, program in enumerate(programs, 1):
        results.append(examine(program, library, HERE.parents[1], arguments.rounds))
        show_progress(results[-1], number, len(programs))
    print(summary(results))
    if arguments.table:
        arguments.table.write_text(table(results))
    if any(result.verdict == "FAILED" for result in results):
        return 1
    return SKIPPED if all(result.verdict == "skipped" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
