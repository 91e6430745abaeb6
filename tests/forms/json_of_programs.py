#!/usr/bin/env python3
"""Reports of programs with bugs as JSON, checked against docs/report.schema.json.

json_of_programs.py SCHEMA LIBRARY PROGRAM...: each program runs twice, under different addresses: once with
report_format=json, once with text and json_path. The lines are read by Python's parser and checked by jsonschema where it is
installed; both runs agree in what does not depend on addresses, and with the text beside.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


def run(library, program, options):
    environment = dict(os.environ, LC_ALL="C", LD_PRELOAD=library, PADLOCK_OPTIONS="guard_per_site=0:allocator_may_return_null=0:" + options)
    return subprocess.run([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)


def lines_of(data):
    return [json.loads(line) for line in data.decode("utf-8").splitlines() if line.startswith("{")]


def by_chance(report, frame):
    """A signal may come in any function of the allocator, and where it has called libc."""
    libraries = r"/(libc\.so|libgcc_s|ld-linux)[^/]*$"
    return report["kind"] == "signal-unsafe-call" and (
        frame.get("own_entry") or re.search(libraries, frame.get("module", "")))


def steady(report):
    """What is the same in each run."""
    culprit = {key: report.get("culprit", {}).get(key) for key in ("function", "file", "line")}
    frames = [[(frame.get("function"), frame.get("line")) for frame in stack["frames"] if not by_chance(report, frame)]
              for stack in report["stacks"]]
    corruption = report.get("corruption", {})
    block = report.get("block", {})
    # Behind a damaged header the size is as the padding shows it, and the data's last byte may look like padding.
    size = block.get("size") if block.get("intact") else None
    return (report["kind"], report["hash"], report["summary"], culprit, frames, corruption.get("offset"),
            corruption.get("length"), size)


def problems_of(program, library, validator, file):
    in_json = run(library, program, "report_format=json")
    beside = run(library, program, "json_path=" + file)
    one = lines_of(in_json.stderr)
    with open(file, "rb") as lines:
        other = lines_of(lines.read())
    if len(one) != 1 or len(other) != 1:
        return ["%d and %d reports" % (len(one), len(other))]
    problems = []
    if in_json.returncode != -6 or beside.returncode != -6:
        problems.append("status %d and %d" % (in_json.returncode, beside.returncode))
    if steady(one[0]) != steady(other[0]):
        problems.append("%s differs from %s" % (steady(one[0]), steady(other[0])))
    text = beside.stderr.decode("utf-8", "replace")
    for pattern in (r"==%d==ERROR: Padlock: %s: %s$" % (other[0]["process"], other[0]["kind"], re.escape(other[0]["headline"])),
                    "Stack hash: %s$" % other[0]["hash"], "SUMMARY: Padlock: %s$" % re.escape(other[0]["summary"])):
        if not re.search("^" + pattern, text, re.MULTILINE):
            problems.append("the text has no line " + pattern)
    if validator:
        for report in one + other:
            problems += ["%s: %s" % (list(error.path), error.message) for error in validator.iter_errors(report)]
    return problems


def main():
    schema, library, *programs = sys.argv[1:]
    validator = None
    if Draft202012Validator:
        with open(schema, encoding="utf-8") as text:
            grammar = json.load(text)
        Draft202012Validator.check_schema(grammar)
        validator = Draft202012Validator(grammar)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for program in programs:
            for problem in problems_of(program, library, validator, os.path.join(folder, os.path.basename(program))):
                print("%s: %s" % (program, problem))
                failed = 1
    print("%d programs, %s" % (len(programs), "checked against the schema" if validator else "no jsonschema here"))
    return failed


if __name__ == "__main__":
    sys.exit(main())
