"""The mutants: one-line bugs as they stand in *.mutants, and their application to a copy of the sources."""

import pathlib
from dataclasses import dataclass


class MutantError(Exception):
    """A stanza that says nothing, or a line that is no longer there exactly once."""


@dataclass
class Mutant:
    layer: str
    name: str
    file: str = ""
    after: str = ""  # a line before the one meant, where that one is not unique
    old: str = ""
    new: str = ""
    sample: bool = False


def load(folder):
    """All mutants of the *.mutants files in `folder`, in order of the layers."""
    mutants = []
    for layer in ("core", "caches", "trace", "report", "runtime", "races"):
        mutants += parse(layer, (folder / f"{layer}.mutants").read_text().splitlines())
    names = [mutant.name for mutant in mutants]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise MutantError(f"named twice: {', '.join(sorted(twice))}")
    return mutants


def parse(layer, lines):
    mutants = []
    for line in lines:
        key, _, rest = line.partition(" ")
        if line.startswith("-"):
            mutants[-1].old = line[1:].strip()
        elif line.startswith("+"):
            mutants[-1].new = line[1:].strip()
        elif key == "mutant":
            mutants.append(Mutant(layer, rest))
        elif key == "in":
            mutants[-1].file = rest
        elif key == "after":
            mutants[-1].after = rest.strip()
        elif key == "sample":
            mutants[-1].sample = True
        elif line and not line.startswith("#"):
            raise MutantError(f"{layer}.mutants: what is '{line}'?")
    return mutants


def mutated(mutant, root):
    """The text of the mutant's file with the bug in it."""
    lines = (pathlib.Path(root) / mutant.file).read_text().splitlines()
    index = find(mutant, lines)
    indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
    lines[index] = indent + mutant.new
    return "\n".join(lines) + "\n"


def verify(mutants, root):
    """Fails loudly where lines that mutants change have gone."""
    complaints = []
    for mutant in mutants:
        try:
            mutated(mutant, root)
        except (MutantError, FileNotFoundError) as error:
            complaints.append(str(error))
    if complaints:
        raise MutantError("\n".join(["these are stale:", *complaints]))


def find(mutant, lines):
    begin = 0
    if mutant.after:
        begin = places(mutant.after, lines, 0, mutant)[0]
    found = places(mutant.old, lines, begin, mutant)
    if len(found) > 1 and not mutant.after:
        raise MutantError(f"{mutant.name}: the line stands {len(found)} times in {mutant.file}; say after which")
    return found[0]


def places(line, lines, begin, mutant):
    found = [i for i in range(begin, len(lines)) if lines[i].strip() == line]
    if not found:
        raise MutantError(f"{mutant.name}: not in {mutant.file} any more: {line}")
    return found
