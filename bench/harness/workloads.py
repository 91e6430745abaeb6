"""What is run: the kernels, real programs over generated inputs, a fuzz target."""
import dataclasses
import os
import subprocess
from typing import Callable, Optional

from . import redis

PROGRAMS = os.path.abspath(os.path.join(os.path.dirname(__file__), '../programs'))
KERNELS = ['pairs-small', 'pairs-medium', 'pairs-large', 'lifo', 'fifo', 'random', 'realloc', 'calloc', 'big-blocks',
           'images', 'large-growth', 'bignum', 'symbolic', 'containers', 'live-heap']
THREADED = ['producer-consumer', 'thread-churn', 'server']
GROUPS = {'kernel': 'Allocation kernels', 'threads': 'Kernels with two threads', 'program': 'Real programs',
          'fuzzing': 'Fuzzing throughput'}


@dataclasses.dataclass(frozen=True)
class Workload:
    """`compare`: its output must be as under glibc. `rebuilt`: the same compiled for an allocator, by its name.
    `client(process, limit)`: drives a server and returns (seconds, what went wrong)."""
    name: str
    group: str
    command: tuple
    rebuilt: dict = dataclasses.field(default_factory=dict)
    env: tuple = ()
    stdin: str = ''
    inputs: tuple = ()
    directory: str = ''
    compare: bool = True
    patience: float = 1  # times the usual limit
    client: Optional[Callable] = None

    def applies(self, allocator):
        return not allocator.rebuilt or allocator.rebuilt in self.rebuilt

    def command_for(self, allocator):
        return self.rebuilt[allocator.rebuilt] if allocator.rebuilt else self.command


def kernel(tree, name, scale, group, threads=2, megabytes=0):
    programs = os.path.abspath(os.path.join(tree, 'bench'))
    arguments = (name, str(scale), str(threads), str(megabytes))
    return Workload(name, group, (f'{programs}/padlock-kernels', *arguments),
                    rebuilt={'asan': (f'{programs}/padlock-kernels-asan', *arguments)})


def kernels(tree, scale):
    return ([kernel(tree, name, scale, 'kernel') for name in KERNELS] +
            [kernel(tree, name, scale, 'threads') for name in THREADED])


JQ = ('group_by(.town) | map({town: .[0].town, n: length, score: (map(.score) | add), '
      'tags: (map(.tags[]?) | unique)})')


def programs(folder):
    """Paths are absolute: every program starts in a scratch folder."""
    def path(name):
        return os.path.join(folder, name)

    python = ('PYTHONMALLOC=malloc', 'PYTHONHASHSEED=0', 'PYTHONDONTWRITEBYTECODE=1')
    git = ('GIT_CONFIG_GLOBAL=/dev/null', 'GIT_CONFIG_SYSTEM=/dev/null')

    def program(name, *command, **more):
        return Workload(name, 'program', command, **more)

    return [
        program('python-json', '/usr/bin/python3', f'{PROGRAMS}/json_records.py', path('records.json'), env=python,
                inputs=('records.json',)),
        program('python-objects', '/usr/bin/python3', f'{PROGRAMS}/objects.py', env=python),
        program('sqlite3', 'sqlite3', ':memory:', stdin=path('statements.sql'), inputs=('statements.sql',)),
        program('perl', 'perl', f'{PROGRAMS}/words.pl', path('words.txt'), env=('PERL_HASH_SEED=0',),
                inputs=('words.txt',)),
        program('lua', 'lua5.4', f'{PROGRAMS}/tables.lua'),
        program('jq', 'jq', '-c', JQ, path('records.json'), inputs=('records.json',)),
        program('xmllint', 'xmllint', '--format', path('records.xml'), inputs=('records.xml',)),
        program('g++', 'g++', '-std=c++20', '-O1', '-S', '-o', '-', path('templates.cpp'), inputs=('templates.cpp',)),
        program('git-log', 'git', '--git-dir', path('history.git'), 'log', '--stat', env=git,
                inputs=('history.git',)),
        program('z3', 'z3', path('problem.smt2'), inputs=('problem.smt2',)),
        program('clang-format', 'clang-format-14', '--style=Google', path('layout.cpp'), inputs=('layout.cpp',)),
        program('redis', *redis.SERVER, client=redis.client(folder), directory=folder, compare=False),
    ]


FUZZ_RUNS = 10_000
# libdislocator is known to take 90 times as long, and its throughput is what people compare with.
FUZZ_PATIENCE = 6


def fuzz_runs(scale):
    return max(2000, int(FUZZ_RUNS * scale))


def fuzzing(folder, build, scale):
    """Executions are a fixed number with a fixed seed, so wall time is throughput."""
    arguments = ('-seed=1', f'-runs={fuzz_runs(scale)}', '-max_len=4096', '-rss_limit_mb=0', '-detect_leaks=0',
                 f'-seed_inputs=@{folder}/corpus-xml.list')
    return [Workload('fuzz-libxml2', 'fuzzing', (f'{build}/fuzz-xml', *arguments),
                     rebuilt={'asan': (f'{build}/fuzz-xml-asan', *arguments)}, inputs=('corpus-xml',), compare=False,
                     patience=FUZZ_PATIENCE)]


def build_fuzz_targets(folder, build):
    """By clang, as anyone would: libFuzzer around Debian's libxml2, with AddressSanitizer and without any."""
    source = os.path.join(os.path.dirname(__file__), '../fuzz/xml_target.cpp')
    os.makedirs(build, exist_ok=True)
    with open(f'{folder}/corpus-xml.list', 'w', encoding='utf-8') as file:
        file.write(','.join(sorted(os.path.join(folder, 'corpus-xml', name)
                                   for name in os.listdir(f'{folder}/corpus-xml'))))
    for name, sanitizers in (('fuzz-xml', 'fuzzer'), ('fuzz-xml-asan', 'fuzzer,address')):
        if not os.path.exists(f'{build}/{name}'):
            subprocess.run(['clang++-14', '-O2', '-g', f'-fsanitize={sanitizers}', '-I/usr/include/libxml2', source,
                            '-lxml2', '-o', f'{build}/{name}'], check=True)
