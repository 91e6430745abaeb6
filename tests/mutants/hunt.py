"""What may kill a mutant: the tests of its layer, the programs with bugs in them, and harnesses."""

import re

import trees

# Of the folder under src/ that a mutant is in.
TESTS = {
    "base": ["base_test", "core_test"],
    "arch": ["arch_test", "core_test"],
    "core": ["core_test"],
    "trace": ["trace_test", "trace_unwinder_test", "trace_dlclose_test"],
    "report": ["report_test"],
    "os": ["os_test", "runtime_test"],
    "options": ["options_test"],
    "runtime": ["runtime_test", "leaks_test"],
}
# Folders of which programs under LD_PRELOAD test what unit tests cannot.
IN_PROGRAMS = {"os", "options", "runtime"}
PROGRAMS = r"^(misuse|runtime|leaks|own_operators|other_allocators|loading|unloaded|preload)\."
NO_PROGRAMS = r"static$|_and_preload$|\.link$|_test|^[A-Z]|^(check|real|fuzz|fuzzers|cli|demo|package|pinpoint|gdb|bench|ci|forms|out_of_sight)([.]|$)"
# The same of a layer that has programs of its own.
PROGRAMS_OF = {"pinpoint": r"^pinpoint[._]"}
# Programs about a part of the runtime, by what its path contains: they run before all others.
NEAR = {
    "guarded": "guard", "page_hit": "guard", "leaks/": "^leaks", "signalled_threads": "^leaks", "interposed/": "intercepted|loading", "pool": "pool",
    "examine/access": "intercepted", "printf": "printf", "scanf": "scan", "signals/": "own_traps|handler|segv",
    "signal_delivery": "own_traps|handler|ways_out", "exit": "ways_out", "last_check": "ways_out|while_reporting",
    "foreign/": "own_oper|other_alloc|mismatch", "kept_stream": "stderr_kept|daemon", "stream_calls": "stderr_kept|daemon",
    "confinement": "confined|filtered", "operand": "use_after_free|uninit", "large": "large",
    "reporting/": "flood|repeat", "options/": "option|quarantine_size", "trim": "trim|mlockall|many_large", "segment": "mlockall|limits|reach",
    "trap_fault": "far|reach|reports_of", "faulting_code": "far", "value_trap": "use_after_free", "read_value": "use_after_free|uninit",
}
SLOW = "*OverflowTest*:HeapHostile*"  # nearly all of the time: only for what the others let pass
SCHEDULES = "schedules"  # no engine: it is built with the tests, and enumerates by itself
HARNESSES = {
    "base": ["heap_misuse", "heap_ops", "heap_hostile"],
    "arch": ["heap_misuse", "heap_ops", "heap_hostile"],
    "core": ["heap_misuse", "heap_ops", "heap_hostile", "library_calls"],
    "caches": ["heap_caches", "runtime", SCHEDULES],
    "trace": ["unwind_rules"],
    "report": ["diagnose_render"],
    "runtime": ["runtime", "library_calls", SCHEDULES],
    "races": [SCHEDULES],
    "pinpoint": [],
}
# Executions that a harness has beyond its corpus.
RUNS = {"heap_caches": 4000, "heap_misuse": 4000, "heap_ops": 2000, "heap_hostile": 4000,
        "library_calls": 2000, "runtime": 2000, "unwind_rules": 200000, "diagnose_render": 20000}
# Schedules of each script: few of all of them first.
FEW_SCHEDULES = 300
MOST_SCHEDULES = 4000


def harnesses_of(layer):
    listed = (trees.SOURCE / "fuzz" / "CMakeLists.txt").read_text()
    return [name for name in HARNESSES[layer] if name == SCHEDULES or f"padlock_harness({name} " in listed]


def folder_of(mutant):
    return mutant.file.split("/")[1]


def by_tests(folder, layer="", file=""):
    """The first test that fails, "" if none does, None if the mutant does not compile."""
    if layer in PROGRAMS_OF:
        return by_programs_of(layer)
    for program in TESTS[folder]:
        if not trees.build(trees.TESTS, [program]):
            return None
        for tests in (f"-{SLOW}", SLOW):
            failed, output = trees.attempt([f"tests/{program}", "--gtest_fail_fast", f"--gtest_filter={tests}"],
                                           trees.TESTS)
            if failed:
                return f"{program}: {first_failure(output)}"
    return by_programs(near(file)) if folder in IN_PROGRAMS or layer == "runtime" else ""


def near(file):
    return "|".join(regex for part, regex in NEAR.items() if part in file)


def first_failure(output):
    found = re.search(r"\[  FAILED  \] ([^ ,\n]+)", output)
    if found:
        return found.group(1)
    begun = re.findall(r"\[ RUN      \] (\S+)", output)
    return f"{begun[-1]} {'hangs' if 'HANGS' in output else 'crashes'}" if begun else "crashes at its start"


def by_programs_of(layer):
    if not trees.build(trees.TESTS, ["padlock_preload", "padlock_command", *trees.test_targets(layer)]):
        return None
    return failing_program(PROGRAMS_OF[layer], "^$")


def by_programs(first=""):
    if not trees.build(trees.TESTS, ["padlock_preload", "padlock_command", *trees.program_targets()]):
        return None
    for chosen in (first, PROGRAMS):
        if not chosen:
            continue
        if failed := failing_program(chosen, NO_PROGRAMS):
            return failed
    return ""


def failing_program(chosen, but):
    failed, output = trees.attempt(["ctest", "-R", chosen, "-E", but, "-j", "2", "--stop-on-failure"], trees.TESTS)
    found = re.search(r"Test\s+#\d+: (\S+) \.*\s*\**(?:Failed|Timeout|Exception)", output.replace("***", ""))
    if not failed:
        return ""
    return found.group(1) if found else "a program"


def by_harnesses(layer, factor=1, only=None):
    """(harness, executions) of the first that fails, ("", executions of all) if none does, None as above."""
    executions = 0
    for harness in [only] if only else harnesses_of(layer):
        scheduled = harness == SCHEDULES
        if not trees.build(*(trees.TESTS, ["replay_schedules"]) if scheduled else (trees.FUZZ, [f"fuzz_{harness}"])):
            return None
        failed, executed = schedules(factor) if scheduled else fuzz(harness, factor)
        if failed:
            return harness, executed
        executions += executed
    return "", executions


def fuzz(harness, factor):
    """(failed, executions)."""
    seeds = [folder for folder in (f"corpus/{harness}", f"corpus/regressions/{harness}")
             if (trees.SOURCE / folder).is_dir()]
    inputs = sum(len(list((trees.SOURCE / folder).iterdir())) for folder in seeds)
    work = trees.PLACE / "work"
    work.mkdir(exist_ok=True)
    for left in work.iterdir():
        left.unlink()
    command = [str(trees.FUZZ / "fuzz" / harness), "-seed=1", f"-runs={inputs + factor * RUNS[harness]}",
               "-timeout=10", "-max_len=1200", "-print_final_stats=1", f"-artifact_prefix={trees.PLACE}/", str(work)]
    failed, output = trees.attempt(command + seeds, trees.SOURCE, cpu_seconds=300)  # the engine notices hangs by itself
    return failed, executions_in(output)


def schedules(factor):
    """(failed, schedules executed). Each is a process with a limit of its own."""
    executed = 0
    for most in (FEW_SCHEDULES, factor * MOST_SCHEDULES):
        if most:
            failed, output = trees.attempt(["env", f"PADLOCK_SCHEDULES={most}", str(trees.TESTS / "fuzz" / "replay_schedules"),
                                            "corpus/schedules"], trees.SOURCE, cpu_seconds=900)
            executed += sum(int(count) for count in re.findall(r"^(\d+) schedules", output, re.MULTILINE))
            if failed:
                return True, executed
    return False, executed


def executions_in(output):
    exact = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    told = re.findall(r"^#(\d+)\s", output, re.MULTILINE)
    return int(exact.group(1)) if exact else int(told[-1]) if told else 0
