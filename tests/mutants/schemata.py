"""Many mutants in one build: each is compiled beside the original, and a number in the built files says which is alive."""

import os
import pathlib
import re
import struct
import subprocess

import trees

SECTION = b"padlock_mutant"
NOTE_ALL = 0xFFFFFFFF
MOST = 4096  # numbers that the file of notes has room for


def notes_file():
    return trees.PLACE / "notes"


def plant(numbered, originals):
    """Writes the files of `numbered`, {number: candidate}, with all of their mutants; others become as they were."""
    header = trees.SOURCE / "src" / "mutant_switch.h"
    text = (pathlib.Path(__file__).parent / "switch.h").read_text()
    write(header, text.replace("PADLOCK_MUTANT_NOTES", f'"{notes_file()}"').replace("PADLOCK_MUTANT_COUNT", str(MOST)))
    by_file = {}
    for number, one in numbered.items():
        by_file.setdefault(one.file, []).append((number, one))
    for file, text in originals.items():
        if file in by_file:
            text = f'#include "mutant_switch.h"\n#line 1\n{woven(text, by_file[file])}'
        write(trees.SOURCE / file, text)


def write(path, text):
    if not path.exists() or path.read_bytes() != text.encode("latin-1"):
        path.write_bytes(text.encode("latin-1"))


def woven(text, numbered):
    """`text` with a choice in each mutant's place. Lines stay the lines that they are."""
    def within(begin, end, inner):
        result, at = "", begin
        while inner:
            number, one = inner[0]
            inside = [(n, o) for n, o in inner[1:] if o.end <= one.end]
            inner = [(n, o) for n, o in inner[1:] if o.end > one.end]
            result += text[at:one.begin] + choice(number, one, within(one.begin, one.end, inside))
            at = one.end
        return result + text[at:end]

    # What holds others comes before them; of two at the same place a statement holds its expression, and a condition, which
    # is a bool, what converts to one: `c ? optional : bool` would be an optional.
    ordered = sorted(numbered, key=lambda pair: (pair[1].begin, -pair[1].end, not pair[1].statement,
                                                 pair[1].sound == "({})", pair[0]))
    return within(0, len(text), nested(ordered))


def nested(ordered):
    """Without those that overlap another one in part, which cannot both be woven in."""
    kept = []
    for number, one in ordered:
        if all(one.begin >= other.end or one.end <= other.end for _, other in kept):
            kept.append((number, one))
    return kept


def choice(number, one, sound):
    asked = f"::padlock_mutants::is({number}u)"
    mutant = on_one_line(one.plain)
    if one.statement:
        return f"{{ if ({asked}) {{ {mutant} }} else {{ {sound} }} }}"
    return f"({asked} ? ({mutant}) : ({one.sound.format(sound) if one.sound != '({})' else sound}))"


def on_one_line(text):
    return " ".join(re.sub(r"//[^\n]*", "", text).split("\n"))


def refused(log, tree, numbered):
    """The numbers of the mutants on lines that a compiler complains about, whatever file it was compiling."""
    complaints = re.findall(r"^(\S+?):(\d+):\d+: (?:(?:fatal )?error:|  required|  in ‘constexpr’)", log, re.MULTILINE)
    lines = {(pathlib.Path(os.path.normpath(tree / file)), int(line)) for file, line in complaints}
    return {number for number, one in numbered.items()
            if any((trees.SOURCE / one.file, one.line + i) in lines for i in range(one.old.count("\n") + 1))}


def build(tree, numbered, originals, targets, refuse):
    """Builds with as many of `numbered` as compile; the others are taken out, and `refuse` is called with each."""
    while True:
        plant(numbered, originals)
        done = subprocess.run(["ninja", "-C", str(tree), "-k", "0", "-j", str(trees.jobs()), *targets],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == 0:
            return
        (trees.PLACE / "build.log").write_text(done.stdout)
        bad = refused(done.stdout, tree, numbered)
        if not bad:
            raise SystemExit(f"mutants: does not build, see {trees.PLACE}/build.log")
        for number in bad:
            refuse(numbered.pop(number))


class Switches:
    """The built files that hold mutants, and the places in them of the number that is alive."""

    def __init__(self, files):
        self.places, self.now = {}, 0
        for file in files:
            found = section(file.read_bytes())
            if found:
                self.places[file] = found

    def choose(self, number):
        self.now = number
        for file, (offset, size) in self.places.items():
            with file.open("r+b") as opened:
                opened.seek(offset)
                opened.write(struct.pack("<I", number) * (size // 4))


def section(content):
    """(offset, size) of the switch's section in an ELF file."""
    if content[:4] != b"\x7fELF":
        return None
    table, = struct.unpack_from("<Q", content, 0x28)
    entry, count, names = struct.unpack_from("<HHH", content, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", content, table + i * entry) for i in range(count)]
    start = headers[names][4]
    for name, _, _, _, offset, size in headers:
        if content[start + name:content.index(b"\0", start + name)] == SECTION:
            return offset, size
    return None
