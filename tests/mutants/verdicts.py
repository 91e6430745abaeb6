"""What became of each mutant: kept by the hash of the mutant and of the sources, so that a run goes on where it was stopped."""

import hashlib
import json
import pathlib
from dataclasses import asdict, dataclass

import trees

KILLED, SURVIVED, SAME_CODE, LISTED, REFUSED = "killed", "survived", "same code", "equivalent", "does not compile"


@dataclass
class Verdict:
    fate: str
    by: str = ""  # the test or harness that failed; the reason why it is equivalent
    executions: int = 0
    seconds: float = 0.0


class Store:
    """One line of JSON for each verdict; the last one counts."""

    def __init__(self):
        self.path = trees.PLACE / "verdicts.jsonl"
        self.known = {}
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in lines:
            fields = json.loads(line)
            key = fields.pop("mutant"), fields.pop("sources")
            self.known[key] = Verdict(**fields)

    def find(self, mutant, sources):
        return self.known.get((mutant.key, sources))

    def keep(self, mutant, sources, verdict):
        self.known[mutant.key, sources] = verdict
        with self.path.open("a") as file:
            file.write(json.dumps({"mutant": mutant.key, "sources": sources, **asdict(verdict)}) + "\n")


class Sources:
    """A killed mutant stays so while the code is the same; a survivor only while the tests and harnesses are, too."""

    def __init__(self):
        self.code = digest(trees.ROOT, ("src",))
        self.all = digest(trees.ROOT, ("src", "tests", "fuzz", "corpus"))

    def find(self, store, mutant):
        return store.find(mutant, self.all) or store.find(mutant, self.code)

    def refused(self, store, mutant):
        found = store.find(mutant, self.code)
        return found is not None and found.fate == REFUSED

    def keep(self, store, mutant, verdict):
        store.keep(mutant, self.all if verdict.fate == SURVIVED else self.code, verdict)


def digest(root, folders):
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(pathlib.Path(root / folder).rglob("*")):
            if path.is_file() and path.suffix in (".h", ".cpp", ".c", ".def", ".sh", ".txt", ""):
                if "mutants" not in path.parts[len(root.parts):] and "__pycache__" not in path.parts:
                    total.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def load_equivalent(path):
    """{key: reason} of the hand-kept list. A stanza is a line with the key and what is changed, then the reason."""
    reasons = {}
    for stanza in path.read_text().split("\n\n") if path.exists() else []:
        lines = [line.strip() for line in stanza.splitlines() if line.strip() and not line.startswith("#")]
        if lines:
            reasons[lines[0].split()[0]] = " ".join(lines[1:])
    return reasons
