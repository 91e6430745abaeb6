#!/usr/bin/env python3
"""compare.py PLAYER LIBPADLOCK [options] FOLDER...: the same legal calls through several allocators.

Every script in the folders, and more that are made up, is played under glibc's allocator, under Padlock (as it is, and
with every block guarded), and under jemalloc and tcmalloc as far as they are installed. What calls came to is compared
with glibc: result, errno, alignment, usable size, zeroed and kept contents, calls of the new handler. A difference of
Padlock's that rules.py does not name fails, as does a report, and a promise that any allocator breaks; other
differences of others are printed. Files named *.program, and all in a folder named heap_ops, are programs of a heap.
"""
import argparse
import concurrent.futures
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from rules import BROKEN, PADLOCK, RULES, wraps_in_libstdcxx

CALL_BYTES = 6
BUDGET = "the memory for guarded blocks is used up"  # which is no report
FAMILIES = 22
FIRST_EDGE, FIRST_MIDDLING = 0xFFF0, 0xF000
# How often each call is made, in the order of call.h; what can only be made with a block there must be more often.
WEIGHTS = [30, 12, 24, 10, 6, 8, 6, 2, 2, 12, 8, 4, 4, 6, 4, 4, 6, 60, 12, 6, 1, 1]
OURS = (*PADLOCK, "glibc")  # a promise that glibc breaks is a fault of the player's
ALLOCATORS = {
    "jemalloc": "libjemalloc.so.2",
    "tcmalloc": "libtcmalloc_minimal.so.4",
}


def find_library(name):
    found = glob.glob(f"/usr/lib/*/{name}") + glob.glob(f"/usr/lib/{name}")
    return found[0] if found else None


def configurations(padlock, without):
    """Name: what the environment has more."""
    options = {"padlock": "", "padlock --strict": "guard_all=1:guard_budget_mb=256"}
    every = {"glibc": {}}
    every |= {name: {"LD_PRELOAD": padlock, "PADLOCK_OPTIONS": text} for name, text in options.items()}
    for name, file in ALLOCATORS.items():
        if name in without:
            continue
        if library := find_library(file):
            every[name] = {"LD_PRELOAD": library} | ({"PADLOCK_DIFFERENTIAL": "even"} if name == "tcmalloc" else {})
        else:
            print(f"differential: no {name} here ({file})")
    return every


class Maker:
    """Scripts, made up or changed from ones that are kept."""

    def __init__(self, seed, kept):
        self.random = random.Random(seed)
        self.kept = [script for script in kept if len(script) >= 2 * CALL_BYTES]

    def size(self):
        kind = self.random.random()
        if kind < 0.55:
            return self.random.randrange(257)
        if kind < 0.8:
            return self.random.randrange(4200)
        if kind < 0.9:
            return self.random.randrange(FIRST_MIDDLING)
        if kind < 0.93:
            return self.random.randrange(FIRST_MIDDLING, FIRST_EDGE)
        return self.random.randrange(FIRST_EDGE, 0x10000)

    def call(self, places):
        draw = self.random
        family = draw.choices(range(FAMILIES), WEIGHTS)[0]
        size = self.size()
        # Mostly alignments and counts that are served.
        extra = draw.randrange(0xE0) if draw.random() < 0.9 else draw.randrange(256)
        return bytes([family, draw.randrange(places), size & 255, size >> 8, extra, draw.randrange(256)])

    def script(self):
        if self.kept and self.random.random() < 0.5:
            return self.changed(self.random.choice(self.kept))
        places = self.random.choice([2, 5, 16, 60, 256])
        return b"".join(self.call(places) for _ in range(self.random.randrange(20, 250)))

    def changed(self, script):
        draw = self.random
        calls = [script[i:i + CALL_BYTES] for i in range(0, len(script) - CALL_BYTES + 1, CALL_BYTES)][:300]
        for _ in range(draw.randrange(1, 8)):
            at, what = draw.randrange(len(calls)), draw.randrange(5)
            if what == 0:
                calls.insert(at, self.call(256))
            elif what == 1 and len(calls) > 1:
                del calls[at]
            elif what == 2:
                byte = draw.randrange(CALL_BYTES)
                calls[at] = calls[at][:byte] + bytes([draw.randrange(256)]) + calls[at][byte + 1:]
            elif what == 3:
                calls[at:at] = calls[at:at + draw.randrange(1, 20)]
            else:
                other = draw.choice(self.kept)
                begin = draw.randrange(len(other) // CALL_BYTES) * CALL_BYTES
                more = other[begin:begin + CALL_BYTES * draw.randrange(1, 30)]
                calls[at:at] = [more[i:i + CALL_BYTES] for i in range(0, len(more) - CALL_BYTES + 1, CALL_BYTES)]
        return b"".join(calls)


def parse(line):
    """The call that a line is about, and what it came to."""
    head, _, tail = line.partition(" ->")
    words = head.split(" ")
    call = {"script": int(words[0]), "at": words[1], "name": words[2] if len(words) > 2 else "end"}
    call |= {key: int(value, 16) for key, _, value in (word.partition("=") for word in words[3:]) if value}
    fields = dict.fromkeys((word for word in tail.split() if "=" not in word), "yes")
    fields |= dict(word.split("=", 1) for word in (tail if tail else line).split() if "=" in word)
    call["of"] = fields.pop("of", None)
    return call, fields


def breaks_promise(allocator, call, fields):
    """libstdc++'s operators promise more than they hold, see the rule of that name."""
    return not BROKEN[allocator].isdisjoint(fields.values()) and not (allocator == "glibc" and wraps_in_libstdcxx(call))


def without_size(line):
    return line.replace(" usable=more", "").replace(" usable=exact", "")


def covered(allocator, call, glibc, other):
    """Whether rules name every field that differs."""
    left = {key for key in glibc.keys() | other.keys() if glibc.get(key) != other.get(key)} - {"usable"}
    for rule in RULES:
        if allocator in rule.allocators and left & rule.fields and rule.applies(call, glibc, other):
            rule.used += 1
            left -= rule.fields
    return not left


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.configurations = configurations(os.path.abspath(arguments.padlock), arguments.without)
        self.failures = self.differences = self.scripts = self.calls = 0
        self.sights = set()

    def play(self, name, files):
        environment = {key: value for key, value in os.environ.items() if key not in ("LD_PRELOAD", "PADLOCK_OPTIONS")}
        done = subprocess.run([self.arguments.player, *files], env=environment | self.configurations[name],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def batch(self, files):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = dict(zip(self.configurations, pool.map(lambda name: self.play(name, files), self.configurations)))
        glibc = results["glibc"][1].splitlines()
        if self.arguments.grow:
            self.note_new(files, glibc)
        self.scripts += len(files)
        self.calls += len(glibc)
        for name, (status, text, errors) in results.items():
            if (status != 0 and name in OURS) or (name in PADLOCK and any(BUDGET not in line for line in errors.splitlines() if line)):
                self.fail(files, name, f"ended with {status}\n{errors[:4000]}", text.splitlines()[-1:])
            self.compare(files, name, glibc, text.splitlines())

    def note_new(self, files, lines):
        """What calls have come to that was never seen, size and alignment by magnitude: its script is worth keeping."""
        for expected in lines:
            call, fields = parse(expected)
            sight = (call["name"], *(call.get(key, 0).bit_length() // 20 for key in ("size", "alignment", "count")), *sorted(fields.items()))
            if sight not in self.sights:
                self.sights.add(sight)
                if self.arguments.grow and not os.path.islink(files[call["script"]]):
                    shutil.copy(files[call["script"]], self.arguments.grow)

    def compare(self, files, name, glibc, lines):
        if len(glibc) != len(lines):
            self.fail(files, name, f"{len(lines)} calls, not {len(glibc)}", [])
        suspicious = re.compile("|".join(BROKEN[name])).search
        for expected, found in zip(glibc, lines):
            if not suspicious(found) and (expected == found or without_size(expected) == without_size(found)):
                continue
            call, fields = parse(expected)
            _, others = parse(found)
            broken = breaks_promise(name, call, others)
            if expected != found and covered(name, call, fields, others) and not (broken and name in PADLOCK):
                continue
            if name in OURS and (broken or expected != found):
                self.fail(files, name, "broke a promise" if broken else "differs", [expected, found])
            elif name not in OURS:
                self.differences += 1
                if self.differences <= 10:
                    print(f"differential: {name} differs, which is no fault of Padlock's:\n  {expected}\n  {found}")

    def fail(self, files, name, what, lines):
        self.failures += 1
        if self.failures > 20:
            return
        print(f"differential: {name} {what}")
        for line in lines:
            print(f"  {line}")
        if lines and lines[0].split(" ")[0].isdigit():
            print(f"  script: {self.keep(files[int(lines[0].split(' ')[0])])}")

    def keep(self, file):
        if os.path.dirname(os.path.realpath(file)) != self.made:
            return os.path.realpath(file)
        os.makedirs(self.arguments.finds, exist_ok=True)
        return shutil.copy(file, self.arguments.finds)

    def kept_files(self, folder):
        files = []
        for path in sorted(path for place in self.arguments.folders for path in glob.glob(f"{place}/*")):
            suffix = "program" if os.path.basename(os.path.dirname(path)) == "heap_ops" or path.endswith(".program") else "calls"
            link = os.path.join(folder, f"{len(files)}-{os.path.basename(path)}.{suffix}")
            os.symlink(os.path.abspath(path), link)
            files.append(link)
        return files

    def all(self):
        arguments, begun, made = self.arguments, time.monotonic(), 0
        with tempfile.TemporaryDirectory() as folder:
            self.made = os.path.realpath(os.path.join(folder, "made"))
            os.makedirs(self.made)
            kept = self.kept_files(folder)
            scripts = [open(file, "rb").read() for file in kept if file.endswith(".calls")]
            maker = Maker(arguments.seed, scripts)
            if kept:
                self.batch(kept)
            while made < arguments.scripts or time.monotonic() - begun < arguments.minutes * 60:
                files = []
                for _ in range(min(200, arguments.scripts - made) if made < arguments.scripts else 200):
                    files.append(os.path.join(self.made, f"seed{arguments.seed}-{made}.calls"))
                    with open(files[-1], "wb") as file:
                        file.write(maker.script())
                    made += 1
                self.batch(files)
                for file in files:
                    os.unlink(file)
                if self.failures:
                    break
        return self.summary(time.monotonic() - begun)

    def summary(self, seconds):
        print(f"differential: {self.scripts} scripts, {self.calls} calls under each of {', '.join(self.configurations)}; "
              f"{seconds:.0f} s, seed {self.arguments.seed}")
        for rule in RULES:
            there = [name for name in rule.allocators if name in self.configurations]
            if there:
                print(f"  {rule.used:8} {rule.name} ({', '.join(there)}): {rule.reason}")
            if there and not rule.used and not rule.rare:
                self.failures += 1
                print("differential: that difference was never seen: a rule that nothing needs")
        if self.failures or self.differences:
            print(f"differential: {self.failures} failures; {self.differences} other differences of other allocators")
        return 1 if self.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("player")
    parser.add_argument("padlock")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--scripts", type=int, default=300, help="how many are made up (300)")
    parser.add_argument("--minutes", type=float, default=0, help="go on for so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", action="append", default=[], help="leave an allocator out, such as jemalloc")
    parser.add_argument("--finds", default="build/differential", help="where scripts that failed are kept")
    parser.add_argument("--grow", help="a folder for scripts in which a call comes to something new")
    sys.exit(Run(parser.parse_intermixed_args()).all())


if __name__ == "__main__":
    main()
