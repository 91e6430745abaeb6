"""The two builds of the copy: one for tests, one for harnesses. Only what a mutant needs is ever built."""

import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def settle_in(place):
    """The copy and both builds lie in `place`."""
    global PLACE, SOURCE, PRISTINE, TESTS, FUZZ
    PLACE = place
    SOURCE = place / "source"
    PRISTINE = place / "pristine"  # what is below src/, where the copy has mutants in it
    # Where the presets would have them: seen from there everything lies where it does in the real tree, so a compiler
    # cache (which .ci/run sets up) gives the sample what ./dev test and ./dev fuzz have built.
    TESTS = SOURCE / "build" / "release"
    FUZZ = SOURCE / "build" / "fuzz"


settle_in(ROOT / "build" / "mutants")

# All but the sample are for themselves: built quickly, as each mutant in a header has all test files compiled again.
QUICK = "-O1 -g1 -DNDEBUG"
AS_TESTED = "-O2 -g -DNDEBUG"
# A mutant may leave a variable unused.
NO_WARNINGS = "-w"
MOST_CPU_SECONDS = 30  # of a test program
STUCK = 60  # seconds without any work done
# Seconds after which one that has hardly worked, as it sleeps and looks again, hangs as well. Ticks: a hundredth of a
# processor each second.
HARDLY_WORKING, FEW_TICKS = 120, 4
HANGS = "\n[ HANGS    ]\n"


def refresh_copy():
    """SOURCE gets every file that has changed, and nothing else, so that builds go on from where they were."""
    refresh(SOURCE, lambda name: True)


def refresh_beside_mutants():
    """The same where mutants are woven into the copy: what is below src/ goes to PRISTINE."""
    refresh(SOURCE, lambda name: not name.startswith("src/") or not name.endswith((".h", ".cpp")))
    refresh(PRISTINE, lambda name: name.startswith("src/"))


def refresh(copy, takes):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    present = [name for name in listed if name and (ROOT / name).is_file()]
    for name in [name for name in present if takes(name)]:
        source, target = ROOT / name, copy / name
        contents = to_be_compiled_together(name, source.read_bytes())
        if target.exists() and target.read_bytes() == contents:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents)
        shutil.copymode(source, target)
    known = {*present, "src/mutant_switch.h"}
    for left in [path for path in copy.rglob("*") if path.is_file()]:
        name = left.relative_to(copy)
        if name.parts[0] != "build" and str(name) not in known:
            left.unlink()


def to_be_compiled_together(name, contents):
    """A dozen test files become one: what each has in its anonymous namespace must not clash with the others' names."""
    if not re.fullmatch(r"tests/.*_test\.cpp", name):
        return contents
    own = pathlib.Path(name).stem.encode()
    return contents.replace(b"\nnamespace {\n", b"\ninline namespace of_" + own + b" {\n")


def configure(quick, own=""):
    """`own`: options for Padlock and its unit tests alone."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if shutil.which("ccache"):
        os.environ.setdefault("CMAKE_CXX_COMPILER_LAUNCHER", "ccache")
        os.environ["CCACHE_IGNOREOPTIONS"] = NO_WARNINGS
    optimized = QUICK if quick else AS_TESTED
    run(["cmake", "--preset", "release", f"-DCMAKE_CXX_FLAGS={NO_WARNINGS}", "-DPADLOCK_BUILD_TESTS=ON",
         *[f"-DCMAKE_{language}_FLAGS_RELWITHDEBINFO={optimized}" for language in ("C", "CXX")],
         f"-DPADLOCK_OWN_OPTIONS={own}",
         "-DCMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE=PRE_TEST"])
    run(["cmake", "--preset", "fuzz", f"-DCMAKE_CXX_FLAGS={NO_WARNINGS}", "-DPADLOCK_BUILD_TESTS=OFF"])


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=SOURCE)


def jobs():
    return len(os.sched_getaffinity(0))


def build(tree, targets):
    """True if all targets were built."""
    done = subprocess.run(["cmake", "--build", str(tree), "-j", str(jobs()), "--target", *targets],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        (PLACE / "build.log").write_text(done.stdout)
    return done.returncode == 0


def program_targets():
    """The programs with bugs in them, those of the runtime's tests and of the edge's, as they run under LD_PRELOAD."""
    known = subprocess.run(["ninja", "-C", str(TESTS), "-t", "targets", "all"], check=True, capture_output=True,
                           text=True).stdout
    programs = re.findall(
        r"^((?:tests/(?:(?:misuse|leaks)(?:/preload|/lib)|runtime|preload)|bin|lib)\S+): C\w*_(?:EXECUTABLE|\w+_LIBRARY)_LINKER",
        known, re.MULTILINE)
    return sorted(name for name in programs if not re.search(r"^tests/runtime/(?!trim_).*_static$|_tests\.cmake$|padlock", name))


def test_targets(folder):
    """All that tests/`folder` builds."""
    known = subprocess.run(["ninja", "-C", str(TESTS), "-t", "targets", "all"], check=True, capture_output=True,
                           text=True).stdout
    return sorted(set(re.findall(rf"^(tests/{folder}(?:/\w+|\w*_test)): C\w*_EXECUTABLE_LINKER", known, re.MULTILINE)))


def replay_targets():
    listed = subprocess.run(["ninja", "-C", str(TESTS), "-t", "targets", "all"], check=True, capture_output=True,
                            text=True).stdout
    return sorted(set(re.findall(r"^fuzz/(replay_\w+): ", listed, re.MULTILINE)))


def attempt(command, folder, cpu_seconds=MOST_CPU_SECONDS):
    """(failed, output); a program that hangs has failed."""
    status, output = attempt_status(command, folder, cpu_seconds)
    return status != 0, output


def attempt_status(command, folder, cpu_seconds, stuck=STUCK):
    """(status, output). Made again if it was stopped in the meantime: what looks at clocks means nothing then."""
    while True:
        verdict = attempt_once(command, folder, cpu_seconds, stuck)
        if verdict is not None:
            return verdict


def attempt_once(command, folder, cpu_seconds, stuck):
    """As attempt_status(), None if it was stopped. Only the time that it works counts: it may run at a low priority."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))

    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                          start_new_session=True, preexec_fn=limit) as process:
        stopped, idle, before, output, seconds = False, 0, -1, "", 0
        while idle < stuck and not (seconds > HARDLY_WORKING and before < seconds * FEW_TICKS):
            try:
                output = process.communicate(timeout=1)[0]
                too_long = process.returncode == -signal.SIGXCPU
                return None if stopped else (process.returncode, output + (HANGS if too_long else ""))
            except subprocess.TimeoutExpired as late:
                output = (late.stdout or b"").decode(errors="replace")
            seconds += 1
            stopped_now, work = state_of_session(process.pid)
            stopped |= stopped_now
            idle = 0 if work != before or stopped_now else idle + 1
            before = work
        os.killpg(process.pid, signal.SIGKILL)
    return None if stopped else (-signal.SIGKILL, output + HANGS)


def state_of_session(session):
    """(whether any process of it is stopped, clock ticks that all have worked)."""
    stopped, work = False, 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone in the meantime
        if int(fields[3]) == session:
            stopped |= fields[0] == "T"
            work += sum(int(ticks) for ticks in fields[11:15])
    return stopped, work
