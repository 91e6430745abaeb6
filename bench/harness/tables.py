"""The results as Markdown and CSV."""
import csv

from .summary import means
from .workloads import GROUPS

METRIC_TITLES = {'wall': 'Wall time', 'cpu': 'CPU time (user and system)', 'peak_kib': 'Peak memory'}


def _cell(results, allocator, workload, metric):
    failure = results.failure(allocator.name, workload.name)
    if not workload.applies(allocator):
        return '·'
    if failure:
        return failure
    ratio = results.ratio(allocator.name, workload.name, metric)
    return f'{ratio:.2f}' if ratio is not None else '?'


def _row(cells):
    return '| ' + ' | '.join(cells) + ' |'


def _base_cell(results, workload, metric):
    value = results.median('glibc', workload.name, metric)
    if value is None:
        return results.failure('glibc', workload.name)
    if metric == 'peak_kib':
        return f'{value / 1024:.0f} MB'
    return f'{value:.2f} s ±{results.spread("glibc", workload.name, metric) * 100:.0f}%'


def group_table(results, allocators, workloads, metric):
    """One group of workloads: a row each, ratios to glibc, and the geometric mean."""
    others = [a for a in allocators if a.name != 'glibc']
    lines = [_row(['', 'glibc'] + [a.name for a in others]), _row(['---'] + ['---:'] * (len(others) + 1))]
    for workload in workloads:
        lines.append(_row([workload.name, _base_cell(results, workload, metric)] +
                          [_cell(results, a, workload, metric) for a in others]))
    names = [w.name for w in workloads]
    mean, common = means(results, [a.name for a in others], names, metric)
    lines.append(_row(['**geometric mean**', ''] +
                      [f'**{mean[a.name]:.2f}**' if mean[a.name] else '-' for a in others]))
    if len(common) < len(names):
        left_out = ', '.join(n for n in names if n not in common)
        lines += ['', f'Means are over the {len(common)} workloads that all allocators with a mean finish '
                      f'(without {left_out}); an allocator that finishes less than two in three has none.']
    return lines


def fuzzing_table(results, allocators, workloads, runs):
    lines = []
    for workload in workloads:
        lines += [f'{workload.name}: {runs} executions with a fixed seed', '',
                  '| | executions/s | slowdown | peak memory |', '|---|---:|---:|---:|']
        for allocator in allocators:
            wall = results.median(allocator.name, workload.name, 'wall')
            if wall is None:
                lines.append(_row([allocator.name, results.failure(allocator.name, workload.name), '', '']))
                continue
            slower = results.ratio(allocator.name, workload.name, 'wall')
            more = results.ratio(allocator.name, workload.name, 'peak_kib')
            lines.append(_row([allocator.name, f'{runs / wall:,.0f}', f'{slower:.2f}', f'{more:.2f}']))
    return lines


def spread_table(results, allocators, workloads):
    """How far the rounds of each allocator lay apart: the median and the worst over the workloads."""
    lines = ['| | median spread of wall time | worst | where |', '|---|---:|---:|---|']
    for allocator in allocators:
        spreads = sorted((results.spread(allocator.name, w.name, 'wall'), w.name) for w in workloads
                         if not results.failure(allocator.name, w.name))
        if spreads:
            middle, (worst, where) = spreads[len(spreads) // 2][0], spreads[-1]
            lines.append(_row([allocator.name, f'±{middle * 100:.0f}%', f'±{worst * 100:.0f}%', where]))
    return lines


def report(results, allocators, workloads, header, runs):
    """The whole page."""
    lines = ['# Allocators side by side', '', *header, '',
             'Ratios to glibc; less is better. `·`: needs a rebuilt program.', '']
    lines += [f'- {a.name}: {a.what}' + (f' ({a.missing()}: not measured)' if a.missing() else '') for a in allocators]
    present = [a for a in allocators if not a.missing()]
    for group, title in GROUPS.items():
        members = [w for w in workloads if w.group == group]
        if not members:
            continue
        lines += ['', f'## {title}']
        if group == 'fuzzing':
            lines += ['', *fuzzing_table(results, present, members, runs)]
            continue
        for metric, metric_title in METRIC_TITLES.items():
            lines += ['', f'### {metric_title}', '', *group_table(results, present, members, metric)]
    lines += ['', '## Spread', '', *spread_table(results, present, workloads)]
    return '\n'.join(lines) + '\n'


def write_csv(path, rows):
    """`rows`: (round, allocator, workload, group, sample)."""
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(['round', 'allocator', 'workload', 'group', 'wall_s', 'cpu_s', 'peak_kib', 'failure'])
        for number, allocator, workload, group, sample in rows:
            writer.writerow([number, allocator, workload, group, f'{sample.wall:.6f}', f'{sample.cpu:.6f}',
                             sample.peak_kib, sample.failure])
