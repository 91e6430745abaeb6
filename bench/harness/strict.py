"""Padlock with every block guarded beside valgrind: CPU seconds, and which share of the blocks was guarded."""
from . import allocators, summary
from .campaign import Campaign

PROGRAMS = ('xmllint', 'perl', 'lua', 'python-objects', 'git-log', 'sqlite3')
LIMIT = 300  # times glibc
ENOUGH = 95.0  # per cent of the blocks: less is no comparison


def row(results, workload):
    """(seconds of strict, of valgrind, the least share in any round); None for what failed or is not known."""
    own, other = (results.median(name, workload, 'cpu') for name in ('strict', 'memcheck'))
    notes = [sample.note for sample in results.samples.get(('strict', workload), [])]
    share = min(map(float, notes)) if notes and all(notes) else None
    return own, other, share


def _number(value, digits=2):
    return '-' if value is None else f'{value:.{digits}f}'


def table(results, workloads):
    lines = ['| program | glibc | `--strict` | valgrind | valgrind / strict | guarded |', '|---|---:|---:|---:|---:|---:|']
    ratios = []
    for workload in workloads:
        own, other, share = row(results, workload)
        counts = own and other and share is not None and share >= ENOUGH
        if counts:
            ratios.append(other / own)
        base = _number(results.median('glibc', workload, 'cpu'))
        ratio = _number(other / own) if counts else '-'
        lines.append(f'| {workload} | {base} | {_number(own)} | {_number(other)} | {ratio} | {_number(share, 1)} % |')
    mean = summary.geometric_mean(ratios)
    lines.append(f'| **geometric mean** | | | | **{_number(mean)}** | |')
    return '\n'.join(lines)


def run(measurer, tree, workloads, rounds):
    """Prints the table: CPU seconds, medians of so many rounds, in turn."""
    peers = allocators.peers(tree)
    members = [peers[0], allocators.strict(tree), *(a for a in peers if a.name == 'memcheck')]
    campaign = Campaign(measurer, members, workloads, rounds, LIMIT)
    campaign.run()
    print(table(campaign.results, [w.name for w in workloads]))
