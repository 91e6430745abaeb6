"""The sources as libclang parses them: which nodes are code that runs, written out where it stands."""

import json
import os
import pathlib
import re
import shlex
import sys

try:
    from clang import cindex
except ImportError:  # the distribution's bindings, where another Python comes first in PATH
    sys.path.append("/usr/lib/python3/dist-packages")
    from clang import cindex

Kind = cindex.CursorKind

# What is evaluated while compiling, or not at all. (Not all versions of the bindings know concepts.)
STILL = {getattr(Kind, name) for name in (
    "STATIC_ASSERT", "ENUM_DECL", "TEMPLATE_TYPE_PARAMETER", "TEMPLATE_NON_TYPE_PARAMETER", "TEMPLATE_TEMPLATE_PARAMETER",
    "SIZE_OF_PACK_EXPR", "CXX_UNARY_EXPR", "TYPE_ALIAS_DECL", "TYPEDEF_DECL", "USING_DECLARATION", "ASM_STMT", "CONCEPT_DECL",
    "CONCEPT_SPECIALIZATION_EXPR", "REQUIRES_EXPR") if hasattr(Kind, name)}
MACRO = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\(")
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.CONSTRUCTOR, Kind.DESTRUCTOR, Kind.CONVERSION_FUNCTION,
             Kind.FUNCTION_TEMPLATE}
LOOPS = {Kind.WHILE_STMT, Kind.FOR_STMT, Kind.DO_STMT, Kind.CXX_FOR_RANGE_STMT}


class Node:
    """A cursor with its place in its file, its parent, and its children but for what the compiler put between."""

    def __init__(self, cursor, text, parent=None, function=""):
        extent = cursor.extent
        self.cursor, self.kind, self.parent, self.function = cursor, cursor.kind, parent, function
        self.begin, self.end, self.whole = extent.start.offset, extent.end.offset, text
        self.children = []

    @property
    def text(self):
        return self.whole[self.begin:self.end]

    def between(self, first, second):
        """The source between two nodes without comments and blanks."""
        return squeezed(self.whole[first.end:second.begin])

    def following(self):
        return squeezed(self.whole[self.end:self.end + 200])

    def preceding(self):
        """The code of this line that stands before it."""
        return self.whole[self.whole.rfind("\n", 0, self.begin) + 1:self.begin].strip()

    def type_kind(self):
        return self.cursor.type.get_canonical().kind


def squeezed(text):
    lines = [line.partition("//")[0] for line in text.split("\n")]
    return "".join("".join(lines).split())


class Unit:
    """One parsed file with the project's headers that it includes."""

    def __init__(self, path, arguments, root):
        self.root = root
        parsed = cindex.Index.create().parse(str(path), args=arguments)
        self.errors = [str(note) for note in parsed.diagnostics if note.severity >= cindex.Diagnostic.Error]
        self.texts, self.macros, self.declarations = {}, {}, []
        for cursor in parsed.cursor.get_children():
            name = self.name_of(cursor.location.file)
            if name is not None:
                self.declarations.append((name, cursor))

    def name_of(self, file):
        """The file's path below the root, None if it is not the project's."""
        name = file and os.path.normpath(file.name)
        return os.path.relpath(name, self.root) if name and name.startswith(f"{self.root}/src/") else None

    def text_of(self, name):
        if name not in self.texts:
            # Offsets are bytes.
            self.texts[name] = (pathlib.Path(self.root) / name).read_bytes().decode("latin-1")
            self.macros[name] = list(macro_calls(self.texts[name]))
        return self.texts[name]

    def nodes(self, wanted):
        """(file, root node) of every declaration in a file that `wanted` says yes to."""
        for name, cursor in self.declarations:
            if wanted(name):
                node = Node(cursor, self.text_of(name))
                if self.descend(node):
                    yield name, node

    def descend(self, node):
        """Fills in the children; False if nothing below it runs."""
        cursor = node.cursor
        if node.kind in STILL or compile_time(node):
            return False
        function = node.function
        if node.kind in FUNCTIONS:
            function = f"{cursor.semantic_parent.spelling if cursor.semantic_parent else ''}::{cursor.spelling}"
        for child in cursor.get_children():
            below = Node(child, node.whole, node, function)
            if below.end <= below.begin or below.begin < node.begin or below.end > node.end:
                continue  # from a macro, or of the compiler's own making
            if node.kind in (Kind.VAR_DECL, Kind.FIELD_DECL) and below.begin < cursor.location.offset:
                continue  # part of the type
            while below.kind in (Kind.UNEXPOSED_EXPR,) and spans_one(below):
                below = Node(next(iter(below.cursor.get_children())), node.whole, node, function)
            if self.descend(below):
                node.children.append(below)
        return True


def macro_calls(text):
    """(begin, end) of what looks like the call of a macro."""
    for found in MACRO.finditer(text):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield found.start(), end


def spans_one(node):
    inner = list(node.cursor.get_children())
    return len(inner) == 1 and (inner[0].extent.start.offset, inner[0].extent.end.offset) == (node.begin, node.end)


def compile_time(node):
    """Of what is never mutated: constants, static assertions, labels."""
    if node.kind in (Kind.VAR_DECL, Kind.DECL_STMT):
        head = node.whole[node.begin:node.cursor.location.offset + 1] if node.kind == Kind.VAR_DECL else node.text[:40]
        return "constexpr" in head or "constinit" in head or (node.function == "" and node.kind == Kind.VAR_DECL)
    if node.parent is not None and node.parent.kind == Kind.CASE_STMT:
        return node.parent.whole[node.parent.begin:node.begin].strip() == "case"
    if node.parent is not None and node.parent.kind == Kind.IF_STMT:
        return node.parent.text[2:].lstrip().startswith("constexpr") and node.following().startswith(")")
    return node.kind in FUNCTIONS and "consteval" in node.text[:60]


def commands(tree, source, instead):
    """Of each file below src/ the command that compiles it, as if it lay in the folder `instead` of in `source`."""
    found = {}
    for entry in json.loads((tree / "compile_commands.json").read_text()):
        if entry["file"].startswith(f"{source}/src/"):
            command = [word.replace(f"{source}/src", f"{instead}/src") for word in shlex.split(entry["command"])]
            found.setdefault(entry["file"][len(f"{source}/"):], command)
    return found


def parser_arguments(command):
    """What of a compiler's command matters to a parser."""
    kept = [word for word in command if word.startswith(("-D", "-I", "-std", "-m", "-isystem"))]
    return [*kept, "-w", "-ferror-limit=0"]
