#!/usr/bin/env python3
"""report_format=asan, read by the rules of AddressSanitizer's consumers.

asan_of_programs.py LIBRARY [KIND=]PROGRAM...: each program's report is read as ClusterFuzz, CASR, AFLTriage, CTest and libFuzzer
would read it. KIND is the name that all of them must find; the program leaks where it is "leak".
"""
import os
import re
import subprocess
import sys

HEX = "0x[0-9a-f]+"
# What CASR has a class for.
CASR_CLASSES = {
    "heap-buffer-overflow", "heap-use-after-free", "memcpy-param-overlap", "double-free", "bad-free", "bad-malloc_usable_size",
    "alloc-dealloc-mismatch", "new-delete-type-mismatch", "calloc-overflow", "allocation-size-too-big",
    "invalid-allocation-alignment", "unknown-crash"}
REFUSED = "dedup_token_length=3:allocator_may_return_null=0"
OPTIONS = {"leak": "detect_leaks=1", "calloc-overflow": REFUSED, "allocation-size-too-big": REFUSED,
           "invalid-allocation-alignment": REFUSED}
WITH_ACCESS = {"heap-buffer-overflow", "heap-use-after-free", "unknown-crash"}


def run(library, program, options):
    environment = dict(os.environ, LC_ALL="C", LD_PRELOAD=library,
                       PADLOCK_OPTIONS="guard_per_site=0:report_format=asan:" + options)
    done = subprocess.run([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    return done.stderr.decode("utf-8", "replace"), done.returncode


def read_by_clusterfuzz(text):
    """Type, address and the first frame's function, line by line as the log comes."""
    found = {}
    for line in text.splitlines():
        for name, pattern in (("double-free", r"AddressSanitizer.*double-free on (?:address )?(%s)" % HEX),
                              ("bad-free", r"AddressSanitizer: attempting free on address which was not malloc\(\)-ed: (%s)" % HEX),
                              ("memcpy-param-overlap", r"AddressSanitizer.*memcpy-param-overlap[^\[]*(\[.*\))")):
            match = re.search(pattern, line)
            if match and "type" not in found:
                found.update(type=name, address=match.group(1))
        match = re.search(r"ERROR: AddressSanitizer[: ]*([^(:;]+)", line)
        if match and "type" not in found:
            found["type"] = match.group(1).split(" on ")[0].strip()
        match = re.match(r" *(READ|WRITE|ACCESS) of size (\d+) at (%s)" % HEX, line)
        if match and "access" not in found:
            found.update(access=match.group(1), size=int(match.group(2)), address=match.group(3))
        match = re.match(r"\s*#(\d+)\s+(%s)\s+(?:in (.+) (?:[^ ]+:\d+(?::\d+)?|\([^+]+\+%s\))|\(.*\))" % (HEX, HEX), line)
        if match and match.group(1) == "0" and "frame" not in found:
            found["frame"] = match.group(3)
    return found


def read_by_casr(text):
    """From the headline on: the type of the summary, the access, the frames up to the next empty line."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if "ERROR: AddressSanitizer" in line)
    lines = lines[start:]
    first = next(i for i, line in enumerate(lines) if " #0 " in line)
    last = lines.index("", first)
    frames = []
    for line in lines[first:last]:
        match = re.match(r"^ *#\d+ +(%s) *(.*)$" % HEX, line)
        if not match:
            raise ValueError("no frame for CASR: " + line)
        frames.append(match.group(2))
    summary = re.search(r"SUMMARY: *AddressSanitizer: (\S+)", text)
    access = [word for line in lines[1:3] for word in re.findall("READ|WRITE|ACCESS", line)]
    return summary.group(1), access[0] if access else None, frames


def read_by_afltriage(text):
    """Reason, operation, frames; the body ends with the next line of the process."""
    match = list(re.finditer(r"(?:=+[\r\n]+)?(=+\d+=+)\s*ERROR:\s*AddressSanitizer:\s*(?:attempting\s)?([-_A-Za-z0-9]+)[^\r\n]*"
                             r"[\r\n]+([-_A-Za-z0-9]+)?", text))[-1]
    body = text[match.start(1):]
    end = body.find(match.group(1), body.index("\n"))
    return match.group(2), match.group(3), body[:end] + body[end:].split("\n")[0]


def read_by_ctest(text):
    defects = []
    for line in text.splitlines():
        leak = re.search(r"(Direct|Indirect) leak of .*", line)
        fault = re.search(r"ERROR: AddressSanitizer: (.*) on.*", line)
        if leak:
            defects.append(leak.group(1) + " leak")
        elif fault:
            defects.append(fault.group(1))
    return defects


def problems_of_fault(kind, text, status):
    problems = []

    def want(true, words):
        if not true:
            problems.append(words)

    want(status == -6, "status %d" % status)
    cluster = read_by_clusterfuzz(text)
    heads = {"new-delete-type-mismatch": "new-delete-type-mismatch", "allocation-size-too-big": "requested allocation size",
             "calloc-overflow": "calloc parameters overflow", "invalid-allocation-alignment": "invalid allocation alignment"}
    want(cluster.get("type", "").startswith(heads.get(kind, kind)), "ClusterFuzz: %s" % cluster)
    want(cluster.get("frame") is not None, "ClusterFuzz: no frame: %s" % cluster)
    casr_type, access, frames = read_by_casr(text)
    want(casr_type == kind and kind in CASR_CLASSES, "CASR: type " + casr_type)
    want(bool(frames), "CASR: no frames")
    want((access is not None) == (kind in WITH_ACCESS), "CASR: access %s" % access)
    reason, operation, body = read_by_afltriage(text)
    want(reason in (kind, "free", "requested", "calloc", "invalid"), "AFLTriage: reason " + reason)
    want(body.endswith("==ABORTING"), "AFLTriage: the body ends with " + body[-60:])
    want(kind not in WITH_ACCESS or operation in ("READ", "WRITE", "ACCESS"), "AFLTriage: operation %s" % operation)
    want(len(read_by_ctest(text)) == 1, "CTest: %s" % read_by_ctest(text))
    want(re.search(r"^SUMMARY: AddressSanitizer: %s \S+:\d+ in \S" % re.escape(kind), text, re.MULTILINE), "no place in the summary")
    want(len(re.findall("^DEDUP_TOKEN: .", text, re.MULTILINE)) == 1, "libFuzzer: no token")
    return problems


def problems_of_leak(text, status):
    problems = [] if status == 23 else ["status %d" % status]
    if not re.search(r"^==\d+==ERROR: LeakSanitizer: detected memory leaks\n\n(?:Direct|Indirect) leak of \d+ byte\(s\) in \d+ "
                     r"object\(s\) allocated from:\n    #0 %s in " % HEX, text, re.MULTILINE):
        problems.append("LeakSanitizer: no leak")
    total = re.search(r"^SUMMARY: AddressSanitizer: (\d+) byte\(s\) leaked in (\d+) allocation\(s\)\.$", text, re.MULTILINE)
    parts = [(int(size), int(count)) for size, count in re.findall(r"leak of (\d+) byte\(s\) in (\d+) object\(s\)", text)]
    if not total or (int(total.group(1)), int(total.group(2))) != tuple(map(sum, zip(*parts))):
        problems.append("LeakSanitizer: total %s of %s" % (total and total.groups(), parts))
    if len(read_by_ctest(text)) != len(parts):
        problems.append("CTest: %s" % read_by_ctest(text))
    return problems


def main():
    library, *programs = sys.argv[1:]
    failed = 0
    for word in programs:
        kind, program = word.split("=", 1)
        options = OPTIONS.get(kind, "dedup_token_length=3")
        text, status = run(library, program, options)
        try:
            problems = problems_of_leak(text, status) if kind == "leak" else problems_of_fault(kind, text, status)
        except (StopIteration, ValueError, AttributeError, IndexError) as error:
            problems = ["not readable: %r" % error]
        for problem in problems:
            print("%s: %s" % (program, problem))
        if problems:
            print(text)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
