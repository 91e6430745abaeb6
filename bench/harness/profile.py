"""Where the time of real programs goes, under glibc and under Padlock: samples of perf, put into a few parts."""
import collections
import dataclasses
import os
import re
import subprocess
import sys

FREQUENCY = 2500  # samples a second of CPU time
# Of Padlock's functions, by name, the first that fits; 'paths' are malloc, free and what is inlined into them.
PARTS = [
    ('known stacks', r'caller_of'),
    ('new stacks', r'trace::|caller_anew|_Unwind|dl_iterate_phdr'),
    ('quarantine', r'BlockCache::(evict|make_room|take_surplus|drain)|Quarantine::|ReadyBlocks::'),
    ('checks', r'check|plainly_sound|report::'),
    ('arenas', r'core::Heap|BlockStock|Arena|FreeIndex|Region|send_home|refill|return_surplus|Large|Bitmap|segment'),
    ('paths', r''),
]
GLIBC = re.compile(r'^(_int_)?(malloc|free|calloc|realloc|cfree|memalign|posix_memalign|operator (new|delete).*)$|'
                   r'^(malloc_|tcache_|unlink_chunk|sysmalloc|systrim|_mid_memalign|checked_request|__libc_(malloc|free))')
COLUMNS = ['program', 'glibc: malloc', 'rest', 'Padlock: rest', 'kernel', 'paths', 'known stacks', 'new stacks',
           'quarantine', 'arenas', 'checks', 'sum']


def part_of(symbol, dso):
    """Whose time a sample is: the kernel's, 'rest' (the program's own), 'malloc' or one of Padlock's PARTS."""
    if dso.startswith('[') and dso != '[vdso]':
        return 'kernel'
    if 'libpadlock' in dso:
        return next(name for name, pattern in PARTS if re.search(pattern, symbol))
    return 'malloc' if GLIBC.match(symbol) else 'rest'


def parts(lines):
    """{part: samples} of what `perf script -F ip,sym,dso` prints."""
    counted = collections.Counter()
    for line in lines:
        found = re.match(r'\s*[0-9a-f]+ (.*) \((.*)\)$', line)
        if found:
            counted[part_of(found.group(1), found.group(2))] += 1
    return counted


def sampled(measurer, workload, allocator, file):
    """{part: samples} of one run, after one that does not count."""
    under = ('perf', 'record', '-q', '-e', 'cpu-clock', '-F', str(FREQUENCY), '-o', file, '--', 'env',
             *allocator.environment(), *allocator.prefix)
    plain = dataclasses.replace(allocator, library='', env=(), prefix=under)
    for run in (allocator, plain):
        sample = measurer.run(workload, run, 120)
        if sample.failure:
            sys.exit(f'bench: {workload.name} under {allocator.name}: {sample.failure} (perf comes with linux-perf)')
    done = subprocess.run(['perf', 'script', '-i', file, '-F', 'ip,sym,dso'], capture_output=True, text=True, check=True)
    return parts(done.stdout.splitlines())


def row(name, glibc, padlock):
    """Hundredths of the program's time under glibc."""
    whole = sum(glibc.values())
    def share(count):
        return f'{100 * count / whole:.0f}'
    cells = [share(glibc['malloc']), share(whole - glibc['malloc'])]
    cells += [share(padlock[part]) for part in ('rest', 'kernel', *COLUMNS[5:-1])]
    return f'| {" | ".join([name, *cells, share(sum(padlock.values()))])} |'


def run(measurer, members, glibc, padlock, output):
    """Prints the table and writes it to profile.md."""
    lines = [f'| {" | ".join(COLUMNS)} |', f'|---|{"---:|" * (len(COLUMNS) - 1)}']
    print('\n'.join(lines))
    for workload in members:
        file = os.path.join(output, 'perf.data')
        lines.append(row(workload.name, sampled(measurer, workload, glibc, file),
                         sampled(measurer, workload, padlock, file)))
        print(lines[-1], flush=True)
    with open(os.path.join(output, 'profile.md'), 'w', encoding='utf-8') as page:
        page.write('\n'.join(lines) + '\n')
