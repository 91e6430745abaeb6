#!/usr/bin/env python3
"""./dev bench: Padlock side by side with what a user would pick instead. See --help and docs/PERFORMANCE.md."""
import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays clean

from harness import (allocators, guard, inputs, machine, plot, profile, scaling, strict, summary, tables,
                     workloads)
from harness.campaign import Campaign
from harness.measure import Measurer

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SLOW_PEERS = {'efence', 'duma', 'dislocator', 'memcheck', 'tcmalloc-debug', 'tcmalloc-debug-fp'}


def parse_arguments():
    parser = argparse.ArgumentParser(prog='./dev bench', description=__doc__)
    parser.add_argument('--tree', default='build/release', help=argparse.SUPPRESS)
    parser.add_argument('--output', default='build/bench', help='folder of results and inputs')
    parser.add_argument('--quick', action='store_true', help='three minutes: one round, small kernels, no slow peers, what fits into --seconds')
    parser.add_argument('--seconds', type=float, help='run nothing after so many, and leave out what did not end; default 100 with --quick, otherwise no limit')
    parser.add_argument('--rounds', type=int, help='default 5; 1 with --quick')
    parser.add_argument('--scale', type=float, help='amount of work of the kernels; default 1; 0.1 with --quick')
    parser.add_argument('--warm', action='store_true', help='a run that does not count before each that does')
    parser.add_argument('--limit', type=float, default=20, help='time-out, as a multiple of glibc; default 20')
    parser.add_argument('--allocators', help='names, by commas; glibc is always measured')
    parser.add_argument('--workloads', help='names or groups (kernel, threads, program, fuzzing), by commas')
    parser.add_argument('--padlock', action='append', default=[], metavar='NAME=OPTIONS',
                        help='another Padlock, with these PADLOCK_OPTIONS; may be repeated')
    parser.add_argument('--features', action='store_true', help='Padlock with each feature off alone')
    parser.add_argument('--parts', action='store_true', help='Padlock without guards, without interception, with leak checks, with --strict')
    parser.add_argument('--strict', action='store_true', help='every block guarded, beside valgrind: CPU seconds on six programs')
    parser.add_argument('--quarantine', action='store_true', help='Padlock with quarantines of rising size')
    parser.add_argument('--scaling', action='store_true', help='threads and live heap instead of the workloads')
    parser.add_argument('--profile', action='store_true', help='where the time of real programs goes, by perf')
    parser.add_argument('--guard', action='store_true', help='count instructions against bench/instructions.txt')
    parser.add_argument('--update', action='store_true', help='with --guard: write what was counted to the file')
    parser.add_argument('--list', action='store_true', help='the names of allocators and workloads')
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.scale = options.scale or (0.1 if options.quick else 1)
    options.seconds = options.seconds or (100 if options.quick else None)
    return options


def chosen_allocators(options):
    """glibc first, then Padlock and its variants, then the peers."""
    base, *others = allocators.peers(options.tree)
    variants = allocators.variants(options.tree, options.features, options.quarantine)
    variants += allocators.parts(options.tree) if options.parts else []
    variants += [allocators.padlock(options.tree, *text.split('=', 1)) for text in options.padlock]
    mine = [allocators.padlock(options.tree, 'padlock')] + variants
    if options.allocators:
        names = options.allocators.split(',')
        unknown = set(names) - {a.name for a in [base, *mine, *others]}
        if unknown:
            sys.exit(f'bench: no allocator {", ".join(sorted(unknown))}; --list names them')
        return [base] + [a for a in mine + others if a.name in names or a in variants]
    if variants:
        return [base] + mine
    return [base] + mine + [a for a in others if not (options.quick and a.name in SLOW_PEERS)]


def taking_turns(members):
    """One of each group after the other, so that what there is no time for is not one group."""
    groups = [[w for w in members if w.group == group] for group in workloads.GROUPS]
    longest = max(map(len, groups))
    return [group[at] for at in range(longest) for group in groups if at < len(group)]


def chosen_workloads(options, folder, build):
    every = (workloads.kernels(options.tree, options.scale) + workloads.programs(folder) +
             workloads.fuzzing(folder, build, options.scale))
    if not options.workloads:
        return taking_turns([w for w in every if w.group != 'fuzzing']) if options.quick else every
    names = options.workloads.split(',')
    unknown = set(names) - {w.name for w in every} - {w.group for w in every}
    if unknown:
        sys.exit(f'bench: no workload {", ".join(sorted(unknown))}; --list names them')
    return [w for w in every if w.name in names or w.group in names]


def write_plots(output, results, present, members):
    names = [a.name for a in present]
    for metric, title in (('wall', 'wall time'), ('peak_kib', 'peak memory')):
        panels = []
        for group, group_title in workloads.GROUPS.items():
            ran = [w for w in members if w.group == group]
            able = [a.name for a in present if any(w.applies(a) for w in ran)]
            if ran:
                mean, _ = summary.means(results, able, [w.name for w in ran], metric)
                panels.append((f'{group_title}: {title}, geometric mean, glibc is 1', list(mean.items())))
        plot.bars(os.path.join(output, f'means-{metric}.svg'), f'Allocators side by side: {title}', panels)
        rows = []
        for workload in members:
            ratios = {n: results.ratio(n, workload.name, metric) for n in names}
            failed = [a.name for a in present if workload.applies(a) and ratios[a.name] is None]
            rows.append((workload.name, {n: r for n, r in ratios.items() if r is not None}, failed))
        plot.dots(os.path.join(output, f'workloads-{metric}.svg'), f'Each workload: {title} over glibc', names, rows)


def compare(options, measurer, folder, build):
    members = chosen_workloads(options, folder, build)
    candidates = chosen_allocators(options)
    inputs.generate(folder, {name for w in members for name in w.inputs})
    if any(w.group == 'fuzzing' for w in members):
        workloads.build_fuzz_targets(folder, build)
    campaign = Campaign(measurer, candidates, members, options.rounds, options.limit, options.warm, options.seconds)
    campaign.run()
    members = campaign.measured
    warm = ', each run after one that does not count' if options.warm else ''
    if campaign.left_out:
        warm += f', no time for {", ".join(w.name for w in campaign.left_out)}'
    header = machine.describe(ROOT) + ['', f'{options.rounds} rounds{warm}, medians; kernels at scale {options.scale:g}; '
                                       f'time-out at {options.limit:g} times glibc.']
    page = tables.report(campaign.results, candidates, members, header, workloads.fuzz_runs(options.scale))
    with open(os.path.join(options.output, 'results.md'), 'w', encoding='utf-8') as file:
        file.write(page)
    tables.write_csv(os.path.join(options.output, 'results.csv'), campaign.rows)
    write_plots(options.output, campaign.results, [a for a in candidates if not a.missing()], members)
    print(page)
    print(f'Written to {options.output}: results.md, results.csv, means-*.svg, workloads-*.svg')


def compare_strict(options, measurer, folder, build):
    members = [w for w in chosen_workloads(options, folder, build)
               if options.workloads or w.name in strict.PROGRAMS]
    inputs.generate(folder, {name for w in members for name in w.inputs})
    strict.run(measurer, options.tree, members, options.rounds)


def take_profile(options, measurer, folder, build):
    """Servers are left out: they are not run by us alone."""
    members = [w for w in chosen_workloads(options, folder, build) if w.group == 'program' and not w.client]
    inputs.generate(folder, {name for w in members for name in w.inputs})
    glibc, padlock = allocators.peers(options.tree)[0], allocators.padlock(options.tree, 'padlock')
    profile.run(measurer, members, glibc, padlock, options.output)


def main():
    options = parse_arguments()
    options.tree, options.output = os.path.abspath(options.tree), os.path.abspath(options.output)
    if options.guard:
        return guard.run(options.tree, os.path.join(ROOT, 'bench/instructions.txt'), options.update)
    folder, build = os.path.join(options.output, 'inputs'), os.path.join(options.output, 'fuzz')
    if options.list:
        print('allocators:', *(a.name for a in chosen_allocators(options)))
        print('workloads:', *(w.name for w in chosen_workloads(options, folder, build)))
        return 0
    os.makedirs(folder, exist_ok=True)
    if not options.profile:
        allocators.prepare(options.tree, options.features, options.allocators)
    measurer = Measurer(options.tree, os.path.join(options.output, 'scratch'))
    if options.profile:
        take_profile(options, measurer, folder, build)
    elif options.strict:
        compare_strict(options, measurer, folder, build)
    elif options.scaling:
        scaling.run(measurer, options.tree, chosen_allocators(options), options, options.output)
    else:
        compare(options, measurer, folder, build)
    return 0


if __name__ == '__main__':
    sys.exit(main())
