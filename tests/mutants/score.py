"""The score of generated mutants by layer and operator, and the survivors by name, as Markdown."""

from verdicts import KILLED, LISTED, SAME_CODE, SURVIVED

BEGIN, END = "<!-- generated mutants -->\n", "<!-- end of generated mutants -->\n"


def line(mutant, verdict):
    where = f"{mutant.file}:{mutant.line}"
    return f"{mutant.key} {verdict.fate:<10} {where:<46} {mutant.operator:<10} {verdict.by:<60} {verdict.seconds:5.1f} s"


def table(results, seed, left=()):
    """Memory orders apart: nearly all of them compile to the same code here. `left`: those without a verdict, which would
    have got one last, as nothing quick kills them."""
    orders = [(mutant, verdict) for mutant, verdict in results if mutant.operator == "order"]
    others = [(mutant, verdict) for mutant, verdict in results if mutant.operator != "order"]
    parts = [f"Seed {seed}: {summary(others)}.\n"]
    if left:
        parts.append(f"Of {len(left)} more the run had no time to tell; if all survive, the score is {lower(others, left)}.\n")
    for name in ("layer", "operator"):
        parts.append(head(name) + "".join(row(value, [pair for pair in others if getattr(pair[0], name) == value])
                                          for value in sorted({getattr(mutant, name) for mutant, _ in others})))
    if orders:
        parts.append(f"Memory orders, apart: {summary(orders)}.\n")
    parts.append(list_of(results, SURVIVED, "Survivors"))
    parts.append(list_of(results, LISTED, "Equivalent, as `tests/mutants/equivalent.txt` says"))
    return "\n".join(part for part in parts if part)


def counts(results):
    fates = [verdict.fate for _, verdict in results]
    return [fates.count(fate) for fate in (KILLED, SURVIVED, SAME_CODE, LISTED)]


def share(killed, survived):
    return f"{100 * killed / (killed + survived):.1f} %" if killed + survived else "-"


def lower(results, left):
    killed, survived, _, _ = counts(results)
    return share(killed, survived + len(left))


def summary(results):
    killed, survived, same, listed = counts(results)
    return (f"{len(results)} mutants, {killed} killed, {survived} survived, {same} of the same object code, "
            f"{listed} listed as equivalent: {share(killed, survived)} of those that are bugs are killed")


def head(name):
    return f"| {name} | mutants | killed | survived | same object code | listed as equivalent | score |\n|---|---|---|---|---|---|---|\n"


def row(value, results):
    killed, survived, same, listed = counts(results)
    return f"| {value} | {len(results)} | {killed} | {survived} | {same} | {listed} | {share(killed, survived)} |\n"


def list_of(results, fate, title):
    rows = [f"| `{mutant.key}` | {mutant.file}:{mutant.line} | {mutant.operator} | {code(mutant.describe())} | {verdict.by} |\n"
            for mutant, verdict in results if verdict.fate == fate]
    heading = f"{title}:\n\n| mutant | in | operator | change | |\n|---|---|---|---|---|\n"
    return heading + "".join(rows) if rows else ""


def code(text):
    text = text if len(text) < 160 else text[:157] + "..."
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def write(path, text):
    """Between its marks in a page, or at its end."""
    page = path.read_text() if path.exists() else ""
    before, found, rest = page.partition(BEGIN)
    after = rest.partition(END)[2] if found else ""
    path.write_text(before + BEGIN + text + END + after)
