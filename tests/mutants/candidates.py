"""All mutants that the rules yield, and samples of them that are spread evenly over layers and operators."""

import hashlib
import json
import random
from dataclasses import asdict, dataclass

import operators
import syntax
import trees

# What begins with it belongs to the layer; the first that fits.
LAYERS = {
    "src/core/cache/": "caches", "src/runtime/memory/": "caches", "src/runtime/threads/": "caches",
    "src/core/": "core",
    "src/runtime/large/": "large", "src/runtime/guarded/": "guarded",
    "src/trace/": "trace", "src/options/": "options", "src/report/": "report",
    "src/runtime/calls/": "calls", "src/runtime/interposed/": "calls", "src/runtime/holders/": "calls",
}
NAMES = sorted(set(LAYERS.values()))


@dataclass
class Candidate:
    layer: str
    operator: str
    file: str
    line: int
    function: str
    begin: int  # bytes of the file
    end: int
    plain: str  # what stands there instead
    statement: bool
    sound: str  # how the original is written beside it
    old: str
    key: str = ""

    @property
    def new(self):
        return self.plain if self.statement else f"({self.plain})"

    def describe(self):
        old, new = (" ".join(text.split()) for text in (self.old, self.plain))
        return f"{old} => {new or 'nothing'}"


def layer_of(file):
    return next((layer for prefix, layer in LAYERS.items() if file.startswith(prefix)), None)


def all_of(layers):
    """Candidates of these layers, in the order of the sources. What has been parsed is kept until it changes."""
    kept = Kept()
    commands = syntax.commands(trees.TESTS, trees.SOURCE, trees.PRISTINE)
    found = []
    for file in sorted(commands):
        if layer_of(file) in layers:
            known = kept.of(file)
            found += known if known is not None else kept.keep(file, *parsed(file, commands[file], kept.headers()))
    kept.write()
    found = {one.key: one for one in found if one.layer in layers}.values()
    return sorted(found, key=lambda one: (one.file, one.begin, one.operator, one.plain))


def parsed(file, command, known):
    """(candidates in a file and those of its headers that are not known yet, the files that were read)."""
    unit = syntax.Unit(trees.PRISTINE / file, syntax.parser_arguments(command), str(trees.PRISTINE))
    if unit.errors:
        raise SystemExit(f"mutants: cannot parse {file}: {unit.errors[0]}")
    found, ordinals = {}, {}
    for name, root in unit.nodes(lambda name: layer_of(name) is not None and name not in known):
        for node in below(root):
            for edit in operators.edits(node):
                if node.function and not in_macro(unit, name, edit):
                    one = candidate(name, node, edit, ordinals)
                    found.setdefault((one.file, one.operator, one.begin, one.plain), one)
    return list(found.values()), sorted(unit.texts)


def below(node):
    yield node
    for child in node.children:
        yield from below(child)


def candidate(file, node, edit, ordinals):
    old = node.whole[edit.begin:edit.end]
    one = Candidate(layer_of(file), edit.operator, file, node.whole.count("\n", 0, edit.begin) + 1, node.function,
                    edit.begin, edit.end, edit.plain, edit.statement, edit.sound, old)
    # By what it is and not by where: the key stays when lines move.
    what = (file, node.function, edit.operator, old, edit.plain)
    ordinals[what] = ordinals.get(what, -1) + 1
    one.key = hashlib.sha256(repr((what, ordinals[what])).encode()).hexdigest()[:12]
    return one


def in_macro(unit, file, edit):
    """Whether part of what changes comes from a macro, or all of it is one's argument."""
    return any(begin < edit.end and edit.begin < end and not (edit.begin <= begin and end <= edit.end)
               for begin, end in unit.macros[file])


def sample(candidates, count, seed):
    """`count` of them: as many of each layer, and within a layer as many by each operator, as far as there are."""
    chance = random.Random(seed)
    piles = {}
    for one in candidates:
        piles.setdefault(one.layer, {}).setdefault(one.operator, []).append(one)
    queues = []
    for layer in sorted(piles):
        for pile in piles[layer].values():
            chance.shuffle(pile)
        queues.append(in_turn([piles[layer][operator] for operator in sorted(piles[layer])], chance))
    return in_turn(queues)[:count]


def in_turn(piles, chance=None):
    """One of each pile, again and again, until all are empty."""
    piles = [list(pile) for pile in piles]
    if chance:
        chance.shuffle(piles)
    taken = []
    while any(piles):
        taken += [pile.pop(0) for pile in piles if pile]
    return taken


class Kept:
    """Candidates as they were parsed last, by the source file that was parsed, with a hash of each file that they are in."""

    def __init__(self):
        self.path = trees.PLACE / "candidates.json"
        self.rules = hash_of("".join((trees.ROOT / "tests/mutants" / name).read_text()
                                     for name in ("syntax.py", "operators.py")))
        units = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.units = {file: unit for file, unit in units.items() if self.holds(unit)}

    def holds(self, unit):
        return unit["rules"] == self.rules and all(file_hash(name) == was for name, was in unit["files"].items())

    def of(self, file):
        return [Candidate(**fields) for fields in self.units[file]["candidates"]] if file in self.units else None

    def headers(self):
        return {name for unit in self.units.values() for name in unit["files"]}

    def keep(self, file, found, files):
        self.units[file] = {"rules": self.rules, "files": {name: file_hash(name) for name in files},
                            "candidates": [asdict(one) for one in found]}
        self.write()
        return found

    def write(self):
        self.path.write_text(json.dumps(self.units))


def file_hash(name):
    path = trees.PRISTINE / name
    return hash_of(path.read_text()) if path.exists() else ""


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]
