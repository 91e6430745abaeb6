"""The allocators that can be measured: how each gets into a program that does not know of it."""
import dataclasses
import glob
import os
import subprocess

LIBRARIES = '/usr/lib/x86_64-linux-gnu'


@dataclasses.dataclass(frozen=True)
class Allocator:
    """`prefix` goes before the command; `rebuilt` names the variant of a workload that was compiled for it. `says`: a
    pattern of what it writes to standard error, whose group is kept; `statuses`: of programs that end well."""
    name: str
    what: str
    library: str = ''
    env: tuple = ()
    prefix: tuple = ()
    rebuilt: str = ''
    says: str = ''
    statuses: tuple = ('0',)

    def missing(self):
        """Why this allocator cannot be measured here; '' if it can."""
        return '' if not self.library or os.path.exists(self.library) else f'no {self.library}'

    def environment(self):
        preload = [f'LD_PRELOAD={self.library}'] if self.library else []
        return preload + list(self.env)


def _scudo_library():
    found = glob.glob('/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-x86_64.so')
    return max(found, default='libclang_rt.scudo_standalone-x86_64.so')


def padlock(tree, name, options='', **more):
    env = (f'PADLOCK_OPTIONS={options}',) if options else ()
    what = f'Padlock, {options}' if options else 'Padlock, everything on, as by default'
    return Allocator(name, what, os.path.join(tree, 'lib/libpadlock.so'), env, **more)


def strict(tree):
    """As by `padlock run --strict`; notes which share of the blocks was guarded."""
    return padlock(tree, 'strict', 'guard_all=1:verbosity=1', says=r'guarded: \d+ of \d+ blocks \(([\d.]+) %\)')


def parts(tree):
    """Padlock without each part that finds reads and leaks, or with more of them than by default."""
    return [padlock(tree, 'no-guards', 'guard_per_site=0'), padlock(tree, 'no-intercept', 'intercept=0'),
            padlock(tree, 'neither', 'guard_per_site=0:intercept=0'),
            padlock(tree, 'leaks', 'detect_leaks=1', statuses=('0', '23')), strict(tree)]


def _padlock_without(tree, check):
    """Padlock built without one of the checks that no option turns off."""
    return Allocator(f'padlock-no-{check}', f'Padlock built without {check}',
                     os.path.join(_omitted_folder(tree, check), 'lib/libpadlock.so'))


def _omitted_folder(tree, check):
    return os.path.join(os.path.dirname(os.path.abspath(tree)), f'bench/without-{check}')


SCUDO_QUARANTINE = ('SCUDO_OPTIONS=quarantine_size_kb=16384:thread_local_quarantine_size_kb=1024:'
                    'quarantine_max_chunk_size=1048576:pattern_fill_contents=true')
# Its messages would otherwise be measured along; stderr goes nowhere either way.
DUMA = ('DUMA_OUTPUT_STDERR=0', 'DUMA_OUTPUT_STDOUT=0', 'DUMA_ALLOW_MALLOC_0=1', 'DUMA_DISABLE_BANNER=1', 'DUMA_ALIGNMENT=16')


def peers(tree):
    """Every allocator but Padlock, glibc first: the others are measured against it."""
    scudo = _scudo_library()
    gperftools = f'{LIBRARIES}/libtcmalloc_debug.so.4'
    return [
        Allocator('glibc', 'glibc malloc'),
        Allocator('glibc-check', 'glibc, MALLOC_CHECK_=3', '/lib/x86_64-linux-gnu/libc_malloc_debug.so.0',
                  ('MALLOC_CHECK_=3',)),
        Allocator('scudo', 'Scudo standalone', scudo),
        Allocator('scudo-quarantine', 'Scudo, 16 MB quarantine and pattern fill', scudo, (SCUDO_QUARANTINE,)),
        Allocator('jemalloc-junk', 'jemalloc, junk fill', f'{LIBRARIES}/libjemalloc.so.2', ('MALLOC_CONF=junk:true',)),
        Allocator('mimalloc-secure', 'mimalloc, MI_SECURE=4', mimalloc_library(tree)),
        Allocator('tcmalloc-debug', 'gperftools debug, libunwind stacks', gperftools),
        Allocator('tcmalloc-debug-fp', 'gperftools debug, frame-pointer stacks', gperftools,
                  ('TCMALLOC_STACKTRACE_METHOD=generic_fp',)),
        Allocator('tcmalloc-debug-none', 'gperftools debug, no stacks',
                  f'{LIBRARIES}/libtcmalloc_minimal_debug.so.4'),
        Allocator('efence', 'Electric Fence', '/usr/lib/libefence.so.0', ('EF_ALLOW_MALLOC_0=1', 'EF_ALIGNMENT=16')),
        Allocator('duma', 'DUMA', '/usr/lib/libduma.so.0', DUMA),
        Allocator('dislocator', "AFL++'s libdislocator", '/usr/lib/afl/libdislocator.so', ('AFL_ALIGNED_ALLOC=1',)),
        Allocator('memcheck', 'valgrind memcheck',
                  prefix=('valgrind', '-q', '--trace-children=yes', '--leak-check=no')),
        Allocator('asan', 'AddressSanitizer, rebuilt', env=('ASAN_OPTIONS=detect_leaks=0',), rebuilt='asan'),
    ]


def mimalloc_library(tree):
    return os.path.join(os.path.dirname(os.path.abspath(tree)), 'bench/peers/libmimalloc-secure.so')


def prepare(tree, features=False, names=''):
    """Builds what is not ready made: what --features needs, and the one peer that Debian does not ship like this, if all
    allocators are measured or it is among `names`. Where it fails the table says so."""
    for check in OMITTED if features else ():
        script = os.path.join(os.path.dirname(__file__), '../peers/omitted.sh')
        subprocess.run([script, check, _omitted_folder(tree, check)], check=False, stdout=subprocess.DEVNULL)
    library = mimalloc_library(tree)
    if not os.path.exists(library) and (not names or 'mimalloc-secure' in names.split(',')):
        script = os.path.join(os.path.dirname(__file__), '../peers/mimalloc_secure.sh')
        subprocess.run([script, library], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


FEATURES = [
    ('no-traces', 'malloc_context_size=0'),
    ('no-quarantine', 'thread_quarantine_kb=0:arena_quarantine_kb=0:large_quarantine_kb=0'),
    ('no-large-blocks', 'large_threshold_kb=1024'),
    ('no-exit-check', 'check_at_exit=0'),
    ('exact-unwind', 'unwind=exact'),
]
OMITTED = ('seal', 'canary', 'poison')
QUARANTINES_KIB = [0, 64, 256, 1024, 4096, 16384]  # a thread's; an arena's is as large, whatever is in use


def _quarantines_of(size):
    return f'thread_quarantine_kb={size}:arena_quarantine_kb={size}:arena_quarantine_floor_kb={size}'


def variants(tree, features, quarantine):
    """Padlock with one feature off at a time, or with quarantines of rising size."""
    made = []
    if features:
        made += [padlock(tree, f'padlock-{name}', options) for name, options in FEATURES]
        made += [_padlock_without(tree, check) for check in OMITTED]
    if quarantine:
        made += [padlock(tree, f'padlock-q{size}k', _quarantines_of(size)) for size in QUARANTINES_KIB]
    return made
