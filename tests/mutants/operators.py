"""The rules by which bugs are planted: each looks at a node and yields what could stand in its place."""

import re

from syntax import FUNCTIONS, LOOPS, Kind, squeezed

COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
SIGNS = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
JUNCTIONS = {"&&": "||", "||": "&&"}
BLOCKS = {Kind.COMPOUND_STMT, Kind.IF_STMT, Kind.CASE_STMT, Kind.DEFAULT_STMT, *LOOPS}
PLACES_OF_VALUES = {Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR, Kind.CALL_EXPR, Kind.RETURN_STMT, Kind.VAR_DECL,
                    Kind.PAREN_EXPR, Kind.CONDITIONAL_OPERATOR, Kind.ARRAY_SUBSCRIPT_EXPR, Kind.INIT_LIST_EXPR,
                    Kind.UNARY_OPERATOR, Kind.CXX_STATIC_CAST_EXPR, Kind.CXX_FUNCTIONAL_CAST_EXPR}
DEFAULTS = {"false", "nullptr", "std::nullopt", "0", "{}", '""', ""}
CONSTANT = re.compile(r"(?:\w+::)*k[A-Z]\w*")
NUMBER = re.compile(r"(0x[0-9a-fA-F]+|\d+)([uUlLzZ]*)")
# Functions of two arguments that may change places.
SYMMETRIC = re.compile(r"(?:std::(?:min|max|swap|exchange|ranges::equal)|(?:\w+::)*(?:checked_multiply|edit_distance|same\w*))\b")


class Edit:
    """What a rule proposes: `plain` in the place of [begin, end)."""

    def __init__(self, operator, begin, end, plain, statement=False, sound="({})"):
        self.operator, self.begin, self.end, self.plain = operator, begin, end, plain
        self.statement, self.sound = statement, sound  # how the original is written beside it


def edits(node):
    for rule in RULES:
        yield from rule(node)


def instead(operator, node, plain, **more):
    return Edit(operator, node.begin, node.end, plain, **more)


def replaced(node, part_begin, part_end, text):
    return node.whole[node.begin:part_begin] + text + node.whole[part_end:node.end]


def operator_of(node):
    """(the operator between two operands, where it stands)."""
    if len(node.children) != 2:
        return "", 0
    left, right = node.children
    between = node.whole[left.end:right.begin]
    sign = squeezed(between)
    return sign, left.end + between.find(sign) if sign else 0


def exchanged(node, name, table):
    if node.kind not in (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR):
        return
    sign, at = operator_of(node)
    if sign in table and at:
        yield instead(name, node, replaced(node, at, at + len(sign), table[sign]))


def comparison(node):
    yield from exchanged(node, "comparison", COMPARISONS)


def arithmetic(node):
    pointers = node.children and node.children[-1].type_kind().name in ("POINTER", "CONSTANTARRAY")
    if not pointers:
        yield from exchanged(node, "arithmetic", SIGNS)


def junction(node):
    yield from exchanged(node, "junction", JUNCTIONS)


def condition_of(node):
    """The condition of a branch or loop, None if it has none or declares something."""
    children = node.children
    if node.kind == Kind.CONDITIONAL_OPERATOR and children:
        return children[0] if children[0].following().startswith("?") else None
    for child in children:
        ends = ";" if node.kind == Kind.FOR_STMT else ")"
        if child.kind.is_expression() and child.following().startswith(ends):
            before = squeezed(node.whole[node.begin:child.begin])
            return None if before.endswith(("{", "=")) or (node.kind == Kind.FOR_STMT and before == "for(") else child
    return None


def condition(node):
    if node.kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT, Kind.DO_STMT, Kind.CONDITIONAL_OPERATOR):
        asked = condition_of(node)
        if asked is not None and asked.text != "true":
            yield instead("condition", asked, f"!({asked.text})", sound="static_cast<bool>({})")


def extreme(node):
    """min for max. The callee's name stands at the beginning, with its template arguments or without."""
    if node.kind == Kind.CALL_EXPR:
        found = re.match(r"std::(min|max)\b", node.text)
        if found:
            other = "max" if found.group(1) == "min" else "min"
            yield instead("extreme", node, f"std::{other}" + node.text[len("std::min"):])


def constant(node):
    parent = node.parent
    if parent is None or parent.kind not in PLACES_OF_VALUES or type_argument(node):
        return
    number = NUMBER.fullmatch(node.text) if node.kind == Kind.INTEGER_LITERAL else None
    named = node.kind == Kind.DECL_REF_EXPR and CONSTANT.fullmatch(node.text) and whole_number(node)
    if number or named:
        yield instead("constant", node, f"{node.text} + 1")
        if not number or int(number.group(1), 0) > 0:
            yield instead("constant", node, f"{node.text} - 1")


def type_argument(node):
    """Part of a type: an argument of a template, the bound of an array."""
    if node.parent.kind == Kind.BINARY_OPERATOR:
        return False
    bound = node.parent.kind == Kind.VAR_DECL and node.preceding().endswith("[")
    return bound or node.preceding().endswith(("<", "case", "alignas(")) or node.following().startswith(">")


def whole_number(node):
    return node.type_kind().name in ("INT", "UINT", "LONG", "ULONG", "LONGLONG", "ULONGLONG", "USHORT", "SHORT")


def arguments_of(node):
    """The arguments of a call as they are written, in parentheses."""
    if node.kind != Kind.CALL_EXPR or not node.text.endswith(")") or not node.children:
        return []
    callee, *given = node.children
    referenced = node.cursor.referenced
    if referenced is not None and referenced.kind == Kind.CONSTRUCTOR:
        return []
    if not node.whole[callee.end:].lstrip().startswith("("):
        return []
    return [argument for argument in given if argument.begin >= callee.end]


def arguments(node):
    if SYMMETRIC.match(node.text):
        return
    given, function = arguments_of(node), node.cursor.referenced
    expected = [bare(one.type) for one in function.get_arguments()] if function is not None else []
    for place, (first, second) in enumerate(zip(given, given[1:])):
        if place == 0 and node.text.startswith("std::clamp("):
            continue  # min(max(value, low), high)
        if len(expected) > place + 1 and expected[place] != expected[place + 1]:
            continue
        same = bare(first.cursor.type) == bare(second.cursor.type)
        if same and first.text != second.text and node.between(first, second) == ",":
            yield instead("arguments", node, node.whole[node.begin:first.begin] + second.text +
                          node.whole[first.end:second.begin] + first.text + node.whole[second.end:node.end])


def bare(kind):
    return kind.get_canonical().spelling.replace("&", "").strip()


def order(node):
    """A memory order weakened; the whole call is written twice, since compilers look at constants only."""
    if node.kind != Kind.CALL_EXPR:
        return
    for argument in node.children[1:]:
        if re.fullmatch(r"(?:std::)?memory_order_(acquire|release|acq_rel|seq_cst)", argument.text):
            yield instead("order", node, replaced(node, argument.begin, argument.end, "std::memory_order_relaxed"))


def is_statement(node):
    """An expression, or a jump, that is a statement of its own, up to its semicolon."""
    if node.parent is None or not node.following().startswith(";"):
        return False
    if node.parent.kind not in BLOCKS and node.parent.kind.name != "UNEXPOSED_STMT":
        return False
    if node.parent.kind == Kind.FOR_STMT and node.parent.children[-1] is not node:
        return False
    return node.parent.kind != Kind.DO_STMT or node.preceding() in ("do", "")


def dropped(operator, node, plain=""):
    end = node.whole.index(";", node.end) + 1
    return Edit(operator, node.begin, end, plain, statement=True)


def statement(node):
    if node.kind == Kind.CALL_EXPR and is_statement(node) and not stores(node):
        yield dropped("statement", node)


def store(node):
    if is_statement(node) and stores(node):
        yield dropped("store", node)


def stores(node):
    if node.kind == Kind.COMPOUND_ASSIGNMENT_OPERATOR:
        return True
    if node.kind == Kind.UNARY_OPERATOR:
        return node.text.startswith(("++", "--")) or node.text.endswith(("++", "--"))
    if node.kind == Kind.BINARY_OPERATOR:
        return operator_of(node)[0] == "="
    if node.kind == Kind.CALL_EXPR:  # of an atomic, or the assignment of a class
        return bool(re.search(r"(?:\.|->)(?:store|fetch_\w+)\($", node.text[:node.text.find("(") + 1])) or (
            node.cursor.spelling == "operator=")
    return False


def value(node):
    if node.kind == Kind.RETURN_STMT and node.following().startswith(";"):
        given = node.text[len("return"):].strip()
        if given not in DEFAULTS and not given.endswith("{}") and has_default(result_of(node)):
            yield dropped("value", node, "return {};")


def result_of(node):
    """The type that the function around it returns; None of a lambda."""
    while node is not None and node.kind != Kind.LAMBDA_EXPR:
        if node.kind in FUNCTIONS:
            return node.cursor.result_type.get_canonical()
        node = node.parent
    return None


def has_default(result):
    """Whether `return {}` compiles, as far as can be seen."""
    if result is None or result.kind.name in ("VOID", "LVALUEREFERENCE", "RVALUEREFERENCE", "UNEXPOSED", "INVALID", "DEPENDENT"):
        return False
    constructors = [one for one in result.get_declaration().get_children() if one.kind == Kind.CONSTRUCTOR]
    return not constructors or any(one.is_default_constructor() for one in constructors)


def jump(node):
    if not node.following().startswith(";"):
        return
    if node.kind in (Kind.BREAK_STMT, Kind.CONTINUE_STMT):
        yield dropped("jump", node)
    elif node.kind == Kind.RETURN_STMT and goes_on_behind(node):
        yield dropped("jump", node)


def goes_on_behind(node):
    """Whether code that is not returned to stands behind the branch that returns."""
    branch = node.parent
    if branch is not None and branch.kind == Kind.COMPOUND_STMT and branch.children[-1] is node:
        branch = branch.parent
    while branch is not None and branch.kind != Kind.IF_STMT and branch.kind.name == "UNEXPOSED_STMT":
        branch = branch.parent
    if branch is None or branch.kind != Kind.IF_STMT or branch.parent is None:
        return False
    return branch.parent.kind == Kind.COMPOUND_STMT and branch.parent.children[-1] is not branch


RULES = (statement, store, condition, comparison, arithmetic, junction, extreme, constant, arguments, value, jump, order)
