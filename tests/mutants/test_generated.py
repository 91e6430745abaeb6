"""The rules, the sample, and how mutants are woven into a file. ci.pytest runs it."""

import pathlib
import struct
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
syntax = pytest.importorskip("syntax")  # takes libclang

import candidates  # noqa: E402
import operators  # noqa: E402
import schemata  # noqa: E402
import verdicts  # noqa: E402


@pytest.fixture(name="planted")
def planted_fixture(tmp_path, monkeypatch):
    """planted(code): {operator: [(old, new)]} of a function body."""
    (tmp_path / "src" / "core").mkdir(parents=True)
    monkeypatch.setattr(candidates.trees, "PRISTINE", tmp_path)

    def plant(body, before=""):
        (tmp_path / "src/core/probe.cpp").write_text(f"{before}\nint probe(int a, int b, int* p) {{\n{body}\n}}\n")
        found, _ = candidates.parsed("src/core/probe.cpp", ["c++", "-std=c++20"], set())
        by_rule = {}
        for one in found:
            by_rule.setdefault(one.operator, []).append((" ".join(one.old.split()), one.plain))
        return by_rule
    return plant


def test_every_rule_finds_its_kind(planted):
    found = planted("""
        if (a < b && a != 3) return a + b;
        for (int i = 0; i < a; ++i) { if (i == b) continue; call(a, b); *p = i; }
        return std::min(a, b);""", "namespace std { int min(int, int); } void call(int, int);")
    assert ("a < b", "a <= b") in found["comparison"]
    assert ("a < b && a != 3", "!(a < b && a != 3)") in found["condition"]
    assert ("a < b && a != 3", "a < b || a != 3") in found["junction"]
    assert ("a + b", "a - b") in found["arithmetic"]
    assert {("3", "3 + 1"), ("3", "3 - 1"), ("0", "0 + 1")} <= set(found["constant"])
    assert ("continue;", "") in found["jump"] and ("return a + b;", "") in found["jump"]
    assert ("return a + b;", "return {};") in found["value"]
    assert found["statement"] == [("call(a, b);", "")]
    assert found["arguments"] == [("call(a, b)", "call(b, a)")]
    assert ("*p = i;", "") in found["store"]
    assert found["extreme"] == [("std::min(a, b)", "std::max(a, b)")]


def test_memory_orders_are_weakened_call_by_call(planted):
    found = planted("atom.store(a, std::memory_order_release); return 0;", """
        namespace std { enum memory_order { memory_order_relaxed, memory_order_release }; }
        struct Atom { void store(int, std::memory_order); } atom;""")
    assert found["order"] == [("atom.store(a, std::memory_order_release)", "atom.store(a, std::memory_order_relaxed)")]


@pytest.mark.parametrize("body", [
    "constexpr int n = 3; static_assert(n < 4); return n;",
    "int list[3]; return list == nullptr;",
    "switch (a) { case 3: return n; } return n;",
    "return MACRO_OF(a < b);",
])
def test_what_is_settled_while_compiling_is_left_alone(planted, body):
    found = planted(body, "#define MACRO_OF(x) (x)\nint n;")
    assert not found.keys() & {"comparison", "constant"}


def test_a_return_that_nothing_follows_is_not_dropped(planted):
    assert "jump" not in planted("if (a) { return b; } else { return a; }")


def test_pointers_are_not_added(planted):
    assert "arithmetic" not in planted("return p - p;")


def one(begin, end, old, plain, **more):
    fields = {"layer": "core", "operator": "constant", "file": "f", "line": 1, "function": "g", "statement": False,
              "sound": "({})", **more}
    return candidates.Candidate(begin=begin, end=end, old=old, plain=plain, **fields)


def test_mutants_of_one_place_are_woven_into_each_other_line_by_line():
    text = "if (a <\n    2) f(3);\n"
    mutants = [(1, one(4, 13, "a <\n    2", "a <=\n    2")), (2, one(12, 13, "2", "2 + 1")),
               (3, one(15, 20, "f(3);", "", statement=True)), (4, one(17, 18, "3", "3 + 1"))]
    woven = schemata.woven(text, mutants)
    assert woven.count("\n") == text.count("\n") and woven.split("\n")[1].strip().endswith("}")
    assert "is(1u) ? (a <=     2) : (a <" in woven
    assert "(::padlock_mutants::is(2u) ? (2 + 1) : (2))" in woven
    assert "{ if (::padlock_mutants::is(3u)) {  } else { f((::padlock_mutants::is(4u) ? (3 + 1) : (3))); } }" in woven


def test_a_condition_holds_what_converts_to_bool():
    mutants = [(1, one(4, 11, "f(a, b)", "f(b, a)")), (2, one(4, 11, "f(a, b)", "!(f(a, b))", sound="static_cast<bool>({})"))]
    woven = schemata.woven("if (f(a, b)) g();\n", mutants)
    assert "is(2u) ? (!(f(a, b))) : (static_cast<bool>((::padlock_mutants::is(1u) ? (f(b, a)) : (f(a, b)))))" in woven


def test_the_number_is_written_into_the_section(tmp_path):
    names = b"\0padlock_mutant\0"
    section = 64 + len(names)
    table = section + 8
    header = b"\x7fELF".ljust(0x28, b"\0") + struct.pack("<Q", table) + bytes(10) + struct.pack("<HHH", 64, 2, 1)
    entries = struct.pack("<IIQQQQ", 1, 1, 0, 0, section, 8).ljust(64, b"\0") + struct.pack(
        "<IIQQQQ", 0, 3, 0, 0, 64, len(names)).ljust(64, b"\0")
    built = tmp_path / "built"
    built.write_bytes(header.ljust(64, b"\0") + names + bytes(8) + entries)
    schemata.Switches([built]).choose(7)
    assert built.read_bytes()[section:section + 8] == struct.pack("<II", 7, 7)


def test_samples_are_even_repeatable_and_begin_alike():
    pool = [one(i, i + 1, "", "", layer=layer, operator=rule, key=f"{layer}{rule}{i}")
            for layer, many in (("core", 90), ("trace", 30)) for rule in ("value", "jump") for i in range(many)]
    sample = candidates.sample(pool, 40, "2026-W49")
    assert sample == candidates.sample(pool, 40, "2026-W49") and sample[:10] == candidates.sample(pool, 10, "2026-W49")
    assert sample != candidates.sample(pool, 40, "2026-W50")
    for layer in ("core", "trace"):
        assert sorted(mutant.operator for mutant in sample if mutant.layer == layer) == ["jump"] * 10 + ["value"] * 10


def test_a_refused_mutant_is_found_by_the_compilers_line(monkeypatch):
    monkeypatch.setattr(schemata.trees, "SOURCE", pathlib.Path("/copy"))
    numbered = {1: one(0, 1, "a\nb", "", file="src/a.h", line=8), 2: one(0, 1, "a", "", file="src/a.h", line=10)}
    assert schemata.refused("../../src/a.h:9:4: error: no\n", pathlib.Path("/copy/build/release"), numbered) == {1}


def test_survivors_are_judged_again_when_tests_change(tmp_path, monkeypatch):
    monkeypatch.setattr(verdicts.trees, "PLACE", tmp_path)
    mutant = one(0, 1, "", "", key="k")
    before, after = (object.__new__(verdicts.Sources) for _ in range(2))
    before.code = after.code = "code"
    before.all, after.all = "tests", "more tests"
    before.keep(verdicts.Store(), mutant, verdicts.Verdict(verdicts.SURVIVED))
    assert before.find(verdicts.Store(), mutant).fate == verdicts.SURVIVED
    assert after.find(verdicts.Store(), mutant) is None
    before.keep(verdicts.Store(), mutant, verdicts.Verdict(verdicts.KILLED, "a test"))
    assert after.find(verdicts.Store(), mutant).by == "a test"


def test_each_listed_equivalent_has_a_reason():
    listed = verdicts.load_equivalent(pathlib.Path(__file__).parent / "equivalent.txt")
    assert all(len(key) == 12 and len(reason) > 40 for key, reason in listed.items())
