"""The cost of a malloc/free pair in instructions, which unlike time is repeatable: counted by callgrind, compared with
bench/instructions.txt."""
import os
import re
import subprocess
import sys

ALLOWED_GROWTH = 0.03
PATTERNS = ['same', 'sizes', 'queue', 'depths']
COUNTS = (20_000, 60_000)
HEADER = ('# Instructions of one malloc and free under the preloaded library, gcc release build, by callgrind.\n'
          '# Checked by ./dev bench --guard (growth above 3% fails), rewritten by ./dev bench --guard --update.\n')


def _instructions(tree, pattern, count):
    command = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', '--trace-children=no',
               os.path.join(tree, 'bench/padlock-guard'), pattern, str(count)]
    # A fixed seed, or the keys and the quarantine's jitter differ from run to run. No check at exit: it grows with the
    # number of blocks.
    env = {**os.environ, 'LD_PRELOAD': os.path.join(os.path.abspath(tree), 'lib/libpadlock.so'),
           'PADLOCK_OPTIONS': 'seed=1:check_at_exit=0'}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return int(re.search(r'Collected : (\d+)', done.stderr).group(1))


def _pair(tree, pattern):
    few, many = COUNTS
    return (_instructions(tree, pattern, many) - _instructions(tree, pattern, few)) / (many - few)


def count(tree):
    """{pattern: instructions a pair}"""
    return {pattern: _pair(tree, pattern) for pattern in PATTERNS}


def has_grown(before, now):
    return before is None or now > before * (1 + ALLOWED_GROWTH)


def least(kept, counted, again):
    """`counted`, where what seems to have grown was counted `again(pattern)` up to twice. Where the stack lies decides which
    stack traces share a place in a cache, so the same code takes up to 3% more instructions now and then, never fewer."""
    for pattern, now in counted.items():
        for _ in range(2):
            if has_grown(kept.get(pattern), now):
                now = min(now, again(pattern))
        counted[pattern] = now
    return counted


def read(path):
    with open(path, encoding='ascii') as file:
        return {line.split()[0]: float(line.split()[1]) for line in file if line.strip() and line[0] != '#'}


def compare(kept, counted):
    """The lines to print and whether all is well."""
    lines, good = [], True
    for pattern, now in counted.items():
        before = kept.get(pattern)
        grown = has_grown(before, now)
        change = f'{(now / before - 1) * 100:+.1f}%' if before else 'not in the file'
        lines.append(f'{pattern:8} {now:8.1f} instructions a pair, {change}{"  GROWN" if grown else ""}')
        good = good and not grown
    return lines, good


def run(tree, path, update):
    """Exit status: 0 when no pattern has grown by more than 3%."""
    counted = count(tree)
    if update:
        with open(path, 'w', encoding='ascii') as file:
            file.write(HEADER + ''.join(f'{pattern} {value:.1f}\n' for pattern, value in counted.items()))
    kept = read(path)
    lines, good = compare(kept, least(kept, counted, lambda pattern: _pair(tree, pattern)))
    print('\n'.join(lines))
    if not good:
        print(f'The fast path takes more than {ALLOWED_GROWTH:.0%} more instructions than in {path}.', file=sys.stderr)
    return 0 if good else 1
