"""Whether a mutant changes the object code at all, as users get it. One that does not is no bug."""

import subprocess

import syntax
import trees

FLAGS = {"-O1", "-O2", "-g", "-g1"}  # Padlock's users get -O2; line information is no behaviour


class Compiler:
    def __init__(self):
        self.commands = syntax.commands(trees.TESTS, trees.SOURCE, trees.PRISTINE)
        self.place = trees.PLACE / "object_code"
        self.sound = {}  # object code of files without a mutant

    def same_code(self, mutant, text):
        """`text`: of the mutant's file as it is."""
        users = self.users(mutant.file)
        changed = self.place / "src" / mutant.file.removeprefix("src/")
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_bytes((text[:mutant.begin] + mutant.new + text[mutant.end:]).encode("latin-1"))
        try:
            return bool(users) and all(self.same_in(file, changed if file == mutant.file else None) for file in users)
        finally:
            changed.unlink()

    def same_in(self, file, changed):
        if file not in self.sound:
            self.sound[file] = self.compiled(file, trees.PRISTINE / file, [])
        source = changed or trees.PRISTINE / file
        return self.sound[file] is not None and self.sound[file] == self.compiled(
            file, source, [f"-I{self.place}/src", f"-I{self.place}/src/arch/x86_64"])

    def users(self, file):
        """The files that are compiled with it: itself, or what includes a header, that of its own name first."""
        if file in self.commands:
            return [file]
        depend = subprocess.run(["ninja", "-C", str(trees.TESTS), "-t", "deps"], capture_output=True, text=True, check=True)
        found = []
        for block in depend.stdout.split("\n\n"):
            lines = [line.strip() for line in block.splitlines()]
            if f"{trees.SOURCE}/{file}" in lines:
                found += [one for one in self.commands if f"{trees.SOURCE}/{one}" in lines[:2]]
        stem = file.rpartition(".")[0]
        return sorted(set(found), key=lambda one: (not one.startswith(stem), one))

    def compiled(self, file, source, first):
        """The object file's bytes; None if it does not compile."""
        words, target = [], self.place / "object.o"
        skip = False
        for word in self.commands[file]:
            if skip or word in FLAGS or word == str(trees.PRISTINE / file) or word == "-c":
                skip = False
            elif word == "-o":
                skip = True
            else:
                words.append(word)
        self.place.mkdir(parents=True, exist_ok=True)
        # The same name for the sound file and for the changed one, as it is part of the object.
        command = [words[0], *first, *words[1:], "-w", "-O2", "-x", "c++", "-c", "-o", str(target), "-"]
        text = f'#line 1 "{file}"\n'.encode() + source.read_bytes()
        done = subprocess.run(command, input=text, cwd=trees.TESTS, capture_output=True, check=False)
        return target.read_bytes() if done.returncode == 0 else None
