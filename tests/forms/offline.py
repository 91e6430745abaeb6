#!/usr/bin/env python3
"""`padlock report`: SARIF, JUnit and HTML of real reports, and of hostile ones, as their readers read them.

offline.py PADLOCK LIBRARY ROOT PROGRAM...
"""
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

VOID = {"meta", "link", "img", "br"}


def fail(words):
    print("FAILED: " + words)
    sys.exit(1)


def check(true, words):
    if not true:
        fail(words)


def padlock(command, *arguments, status=0, data=b""):
    done = subprocess.run([command, "report", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    check(done.returncode == status, "%s: status %d: %s" % (arguments, done.returncode, done.stderr.decode()))
    return done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def check_location(location, root):
    physical = location.get("physicalLocation")
    if not physical:
        return
    artifact = physical["artifactLocation"]
    check(re.fullmatch(r"[A-Za-z0-9/:._~%-]+", artifact["uri"]), "uri " + artifact["uri"])
    if "uriBaseId" in artifact:
        check(artifact["uriBaseId"] == "SRCROOT" and not artifact["uri"].startswith(("/", "..")), "base of " + artifact["uri"])
        check(os.path.isfile(os.path.join(root, artifact["uri"])), "no file " + artifact["uri"])
    check(physical.get("region", {"startLine": 1})["startLine"] >= 1, "line")


def check_sarif(text, kinds, root):
    log = json.loads(text)
    check(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json") and len(log["runs"]) == 1, "head of SARIF")
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]
    check(driver["name"] == "Padlock" and len(set(ids)) == len(ids), "rules")
    base = run["originalUriBaseIds"]["SRCROOT"]["uri"]
    check(base.startswith("file:///") and base.endswith("/"), "base " + base)
    check(sorted(result["ruleId"] for result in run["results"]) == sorted("padlock/" + kind for kind in kinds), "results of SARIF")
    for result in run["results"]:
        check(ids[result["ruleIndex"]] == result["ruleId"], "index of a rule")
        check(result["level"] == "error" and result["message"]["text"], "message")
        check(len(result["locations"]) == 1, "a result has one place")
        check(re.fullmatch("[0-9a-f]{16}", result["partialFingerprints"]["padlockStackHash/v1"]), "fingerprint")
        check(result["occurrenceCount"] >= 1 and result["stacks"], "stacks")
        for location in result["locations"] + [frame["location"] for stack in result["stacks"] for frame in stack["frames"]]:
            check_location(location, root)
    return run["results"]


def check_junit(text, count, has_errors=False, root=None):
    check(root is None or root not in text, "absolute paths in JUnit")
    suites = xml.etree.ElementTree.fromstring(text)
    cases = suites.findall("./testsuite/testcase")
    failures = suites.findall("./testsuite/testcase/failure")
    errors = suites.findall("./testsuite/testcase/error")
    whole = len(failures) == count and len(cases) == max(count + len(errors), 1)
    check(suites.tag == "testsuites" and whole and (len(errors) > 0) == has_errors, "cases of JUnit")
    check(suites.find("./testsuite").get("errors") == str(len(errors)), "errors of JUnit")
    check(suites.get("failures") == str(count) and suites.get("tests") == str(len(cases)), "counts of JUnit")


class Page(html.parser.HTMLParser):
    """Elements are closed as they were opened, and nothing is loaded or run."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.elements = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        check(tag not in ("script", "link", "img", "iframe", "object"), "the page has <%s>" % tag)
        for name, value in attributes:
            check(not name.startswith("on"), "the page has " + name)
            check(name not in ("src", "href") or value.startswith("#"), "the page refers to %s" % value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag in ("p", "li") and tag not in self.open:
            return
        check(self.open and self.open[-1] == tag, "</%s> closes %s" % (tag, self.open[-3:]))
        self.open.pop()

    def handle_data(self, data):
        self.text += data


def check_html(text, count):
    page = Page()
    page.feed(text)
    page.close()
    check(not page.open, "the page leaves %s open" % page.open)
    cards = [attributes for tag, attributes in page.elements if attributes.get("class") == "card" and tag == "section"]
    check(len(cards) == count, "%d cards" % len(cards))
    check("url(" not in text and "@import" not in text and "http:" not in text and "https:" not in text, "the page loads something")
    return page


def hostile():
    """Reports that nobody wrote: markup, control characters, members of other types, lines that are cut."""
    report = {"schema_version": 1, "tool": "Padlock", "process": 1, "kind": "double-free",
              "headline": "</p><script>alert(1)</script>\u0001&\"'", "hash": "0123456789abcdef", "summary": "<b>\u0000]]>",
              "culprit": {"role": "freed-again", "function": "f<int>", "file": "/no such/\u00e9 \"'.c", "line": 3},
              "block": {"address": "0x1", "header": "\"><x>", "whole_size": 2**63, "intact": True, "size": -5},
              "corruption": {"offset": -2**63, "length": 2**63 - 1, "bytes": {"offset": 0, "found": "<b", "expected": "??", "damaged": "1"}},
              "diagnosis": [{"id": "x", "words": "<i>"}, {"id": "y", "words": "]]>"}], "advice": [],
              "stacks": [{"role": "\"><y>", "frames": [{"pc": "0x1", "inlined": False, "function": "<script>"}, {"pc": "0x1", "inlined": True}]}]}
    typed = dict(report, hash="1123456789abcdef", block=[], corruption=3, culprit="x", diagnosis={}, stacks=[{"role": 3, "frames": "x"}])
    return "\n".join(["==1==WARNING: text", json.dumps(report), json.dumps(typed), json.dumps(report)[:90], "{}",
                      json.dumps(dict(report, schema_version=2))]).encode()


def main():
    command, library, root, *programs = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        lines = os.path.join(folder, "faults.jsonl")
        for program in programs + programs[:1]:
            subprocess.run([program], stderr=subprocess.DEVNULL, timeout=60,
                           env=dict(os.environ, LD_PRELOAD=library, PADLOCK_OPTIONS="guard_per_site=0:json_path=" + lines))
        with open(lines, encoding="utf-8") as text:
            kinds = [json.loads(line)["kind"] for line in text]
        check(len(kinds) == len(programs) + 1, "%d reports" % len(kinds))
        count = len(programs)
        results = check_sarif(padlock(command, "--sarif", "--root", root, lines)[0], kinds[:-1], root)
        check(results[0]["occurrenceCount"] == 2, "the same fault twice is one result")
        check(all("uriBaseId" in result["locations"][0]["physicalLocation"]["artifactLocation"] for result in results),
              "places are relative to the root")
        check_junit(padlock(command, "--junit", "--root", root, lines)[0], count, root=root + "/")
        check(' file="tests/misuse/' in padlock(command, "--junit", "--root", root, lines)[0], "relative paths in JUnit")
        out = os.path.join(folder, "page.html")
        padlock(command, "--html", "--root", root, "-O", out, lines)
        with open(out, encoding="utf-8") as text:
            written = text.read()
        page = check_html(written, count)
        check(root + "/" not in re.sub("(?s)<pre>.*?</pre>", "", written), "absolute paths in HTML")
        check(sum(tag == "svg" for tag, _ in page.elements) == count, "a picture of each heap")
        check("int main" in page.text, "source lines")
        # Standard input, no reports, hostile ones.
        for form in ("--sarif", "--junit", "--html"):
            padlock(command, form, "-", data=b"")
            text, problems = padlock(command, form, "-", data=hostile())
            check(len(problems.splitlines()) == 3, "problems: " + problems)
            check("<script" not in text or form == "--sarif", "markup comes through")
        check_junit(padlock(command, "--junit", "-", data=b"")[0], 0)
        check_junit(padlock(command, "--junit", "-", data=hostile())[0], 2, has_errors=True)
        check_html(padlock(command, "--html", "-", data=hostile())[0], 2)
        check(len(json.loads(padlock(command, "--sarif", "-", data=hostile())[0])["runs"][0]["results"]) == 2, "hostile SARIF")
        padlock(command, "--html", os.path.join(folder, "missing"), status=125)
        padlock(command, lines, status=125)
        padlock(command, "--html", "--junit", lines, status=125)
    return 0


if __name__ == "__main__":
    sys.exit(main())
