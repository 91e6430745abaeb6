"""A whole measurement: allocators x workloads, round-robin, in several rounds."""
import sys
import time

from .summary import Results


class Campaign:
    """Every round runs each workload under each allocator in turn, starting at another one each time, so that what
    else happens on the machine meets them all. The first round starts with glibc: its time sets the limits. Where it is
    to be `warm`, a run that does not count goes right before each that does: the host of a virtual machine may take
    milliseconds to back a huge page that the guest has not used for a while."""

    def __init__(self, measurer, allocators, workloads, rounds, limit_factor, warm=False, seconds=None):
        self._measurer = measurer
        self._allocators = [a for a in allocators if not a.missing()]
        self._workloads = workloads
        self._rounds = rounds
        self._limit_factor = limit_factor
        self._warm = warm
        self._seconds = seconds
        self._expected = {}
        self.results = Results()
        self.rows = []
        self.left_out = []  # workloads that did not end within `seconds`

    @property
    def measured(self):
        return [w for w in self._workloads if w not in self.left_out]

    def run(self):
        end = time.monotonic() + self._seconds if self._seconds else float('inf')
        for number in range(self._rounds):
            for at, workload in enumerate(self._workloads):
                if workload in self.left_out:
                    continue
                _progress(f'round {number + 1}/{self._rounds}  {at + 1}/{len(self._workloads)} {workload.name}: ')
                shift = number % len(self._allocators)
                for allocator in self._allocators[shift:] + self._allocators[:shift]:
                    if time.monotonic() > end:
                        self._cut_short(workload, number)
                        break
                    self._one(number, allocator, workload)
                _progress('\n')

    def _cut_short(self, workload, number):
        """What was not run under each allocator in the first round is of no use."""
        if number == 0:
            self.left_out.append(workload)
        _progress('no time')

    def _one(self, number, allocator, workload):
        if not workload.applies(allocator) or (number and self._is_settled(allocator, workload)):
            return
        if self._warm:
            self._measurer.run(workload, allocator, self._limit(workload))
        sample = self._measurer.run(workload, allocator, self._limit(workload))
        expected = self._expected.setdefault(workload.name, sample.digest)
        if not sample.failure and sample.digest != expected:
            sample.failure = 'wrong output'
        self.results.add(allocator.name, workload.name, sample)
        self.rows.append((number, allocator.name, workload.name, workload.group, sample))
        _progress(f'{allocator.name} {sample.failure or f"{sample.wall:.2f}"}  ')

    def _is_settled(self, allocator, workload):
        """What failed once is shown as failed, and what is many times slower is known well enough from one round."""
        if self.results.failure(allocator.name, workload.name):
            return True
        slower = self.results.ratio(allocator.name, workload.name, 'wall')
        return slower is not None and slower > self._limit_factor

    def _limit(self, workload):
        """Seconds: a multiple of what glibc took, and enough for a slow start."""
        base = self.results.median('glibc', workload.name, 'wall')
        return 60.0 if base is None else 5.0 + self._limit_factor * workload.patience * base


def _progress(text):
    sys.stderr.write(text)
    sys.stderr.flush()
