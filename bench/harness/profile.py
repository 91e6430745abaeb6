"""Where the time of real programs goes, under glibc and under Padlock: samples of perf, put into a few parts."""
import collections
import dataclasses
import os
import re
import subprocess
import sys

FREQUENCY = 2500  # samples a second of CPU time
KNOWN_STACKS = re.compile(r'trace::Memo::(recall|search)')  # also where they are inlined
# Of Padlock's other functions, by name, the first that fits; 'paths' are malloc, free and what is inlined into them.
PARTS = [
    ('new stacks', r'trace::|caller_anew|_Unwind|dl_iterate_phdr'),
    ('quarantine', r'BlockCache::(evict|make_room|take_surplus|drain)|Quarantine::|ReadyBlocks::'),
    ('checks', r'check|plainly_sound|report::'),
    ('arenas', r'core::Heap|BlockStock|Arena|FreeIndex|Region|send_home|refill|return_surplus|Large|Bitmap|segment'),
    ('paths', r''),
]
GLIBC = re.compile(r'^(_int_)?(malloc|free|calloc|realloc|cfree|memalign|posix_memalign|_Zn[wa].*|_Zd[la].*)$|'
                   r'^(malloc_|tcache_|unlink_chunk|sysmalloc|systrim|_mid_memalign|checked_request|__libc_(malloc|free))')
COLUMNS = ['program', 'glibc: malloc', 'rest', 'Padlock: rest', 'kernel', 'paths', 'known stacks', 'new stacks',
           'quarantine', 'arenas', 'checks', 'sum']


def part_of(place, dso, functions):
    """Whose time a sample is: the kernel's, 'rest' (the program's own), 'malloc' or one of Padlock's PARTS.
    `functions`: those that a place of Padlock's is inlined in, innermost first."""
    if dso.startswith('[') and dso != '[vdso]':
        return 'kernel'
    if 'libpadlock' not in dso:
        return 'malloc' if GLIBC.match(place.split('+')[0]) else 'rest'
    names = functions.get(place, [place])
    if any(KNOWN_STACKS.search(name) for name in names):
        return 'known stacks'
    return next(name for name, pattern in PARTS if re.search(pattern, names[-1]))


def samples_in(lines):
    """(symbol+offset, dso) of each line that `perf script -F ip,sym,symoff,dso --no-demangle` prints."""
    found = (re.match(r'\s*[0-9a-f]+ (.*) \((.*)\)$', line) for line in lines)
    return [match.groups() for match in found if match]


def functions_at(library, places):
    """{symbol+offset: the functions that the place is in, as for part_of()}, by the library's debug information."""
    listed = subprocess.run(['nm', library], capture_output=True, text=True, check=True).stdout
    begins = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
    addresses = {}
    for place in places:
        symbol, _, offset = place.partition('+')
        if symbol in begins:
            addresses[place] = f'0x{begins[symbol] + int(offset or "0", 16):x}'
    answer = subprocess.run(['addr2line', '-afiC', '-e', library], input='\n'.join(addresses.values()),
                            capture_output=True, text=True, check=True).stdout
    # An operator or malloc has a second name for the library's own use.
    answers = [[name.removeprefix('padlock_own_') for name in block.splitlines()[1::2]] for block
               in re.split(r'^0x', answer, flags=re.MULTILINE)[1:]]
    return dict(zip(addresses, answers))


def parts(samples, functions):
    """{part: samples}"""
    return collections.Counter(part_of(place, dso, functions) for place, dso in samples)


def sampled(measurer, workload, allocator, file):
    """{part: samples} of one run, after one that does not count."""
    under = ('perf', 'record', '-q', '-e', 'cpu-clock', '-F', str(FREQUENCY), '-o', file, '--', 'env',
             *allocator.environment(), *allocator.prefix)
    plain = dataclasses.replace(allocator, library='', env=(), prefix=under)
    for run in (allocator, plain):
        sample = measurer.run(workload, run, 120)
        if sample.failure:
            sys.exit(f'bench: {workload.name} under {allocator.name}: {sample.failure} (perf comes with linux-perf)')
    done = subprocess.run(['perf', 'script', '-i', file, '-F', 'ip,sym,symoff,dso', '--no-demangle'], capture_output=True,
                          text=True, check=True)
    samples = samples_in(done.stdout.splitlines())
    ours = {place for place, dso in samples if 'libpadlock' in dso}
    return parts(samples, functions_at(allocator.library, ours) if ours else {})


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
