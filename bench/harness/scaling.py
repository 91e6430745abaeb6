"""How allocators hold up as threads and live memory grow."""
import dataclasses
import os

from . import plot, tables
from .campaign import Campaign
from .workloads import THREADED, kernel

THREADS = [1, 2, 4, 8]
MEGABYTES = [10, 100, 1000, 4000, 8000]


def _memory_megabytes():
    return os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 20


def _threads(tree, scale):
    return [(name, count, kernel(tree, name, scale, 'threads', threads=count)) for name in THREADED
            for count in THREADS]


def _heaps(tree):
    # Twice the live bytes must fit: the heaviest peers need about that.
    return [('live-heap', size, kernel(tree, 'live-heap', 1, 'kernel', megabytes=size)) for size in MEGABYTES
            if size * 2 < _memory_megabytes()]


def _distinct(cases):
    return [(label, x, dataclasses.replace(workload, name=f'{label}@{x}')) for label, x, workload in cases]


def _table(title, unit, cases, campaign, allocators):
    lines = ['', f'## {title}', '', f'| | {unit} | glibc | ' + ' | '.join(a.name for a in allocators[1:]) + ' |',
             '|---|---:|---:|' + '---:|' * (len(allocators) - 1)]
    for label, x, workload in cases:
        base = campaign.results.median('glibc', workload.name, 'wall')
        cells = [label, str(x), f'{base:.2f} s' if base else campaign.results.failure('glibc', workload.name)]
        for allocator in allocators[1:]:
            wall = campaign.results.ratio(allocator.name, workload.name, 'wall')
            peak = campaign.results.ratio(allocator.name, workload.name, 'peak_kib')
            cells.append(f'{wall:.2f} (memory {peak:.2f})' if wall
                         else campaign.results.failure(allocator.name, workload.name))
        lines.append('| ' + ' | '.join(cells) + ' |')
    return lines


def _series(cases, campaign, allocators, label, per):
    """{allocator: [(x, seconds per unit)]} of one kernel."""
    series = {}
    for allocator in allocators:
        points = [(x, campaign.results.median(allocator.name, w.name, 'wall')) for name, x, w in cases if name == label]
        series[allocator.name] = [(x, wall / per(x)) for x, wall in points if wall]
    return {name: points for name, points in series.items() if points}


def run(measurer, tree, allocators, options, output):
    """Writes scaling.md, scaling.csv and a plot for each kernel to the folder `output`."""
    present = [a for a in allocators if not a.missing()]
    threads, heaps = _distinct(_threads(tree, options.scale)), _distinct(_heaps(tree))
    campaign = Campaign(measurer, present, [w for _, _, w in threads + heaps], options.rounds, options.limit)
    campaign.run()
    lines = ['# Scaling', '', 'Wall time over that of glibc at the same number of threads or megabytes.',
             *_table('Threads (each does the whole work)', 'threads', threads, campaign, present),
             *_table('Live heap', 'MB', heaps, campaign, present)]
    with open(os.path.join(output, 'scaling.md'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')
    tables.write_csv(os.path.join(output, 'scaling.csv'), campaign.rows)
    for name in THREADED:
        plot.lines(os.path.join(output, f'scaling-{name}.svg'), f'{name}: seconds for the work of one thread', 'threads',
                   _series(threads, campaign, present, name, lambda x: x))
    plot.lines(os.path.join(output, 'scaling-live-heap.svg'), 'live-heap: milliseconds a megabyte', 'live megabytes',
               _series(heaps, campaign, present, 'live-heap', lambda x: x / 1000))
    print('\n'.join(lines))
