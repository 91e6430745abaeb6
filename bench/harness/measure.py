"""One run of one workload under one allocator."""
import dataclasses
import hashlib
import os
import re
import signal
import subprocess
import time


@dataclasses.dataclass
class Sample:
    """Seconds and KiB. `failure` is '' for a run that ended well with the right output, else what went wrong."""
    wall: float = 0.0
    cpu: float = 0.0
    peak_kib: int = 0
    failure: str = ''
    digest: str = ''
    note: str = ''  # what its allocator said


class Measurer:
    """Runs commands through padlock-measure. Not for several threads: it uses one scratch directory."""

    def __init__(self, tree, scratch):
        self._program = os.path.abspath(os.path.join(tree, 'bench/padlock-measure'))
        self._scratch = os.path.abspath(scratch)
        self._result = os.path.join(self._scratch, 'result')
        self._output = os.path.join(self._scratch, 'stdout')
        self._errors = os.path.join(self._scratch, 'stderr')
        os.makedirs(self._scratch, exist_ok=True)

    def run(self, workload, allocator, limit):
        """`limit` in seconds. Never raises for what the program does."""
        if os.path.exists(self._result):
            os.unlink(self._result)
        command = [self._program, self._result, str(max(1, round(limit))), *workload.env,
                   *allocator.environment(), '--', *allocator.prefix, *workload.command_for(allocator)]
        errors_to = self._errors if allocator.says else os.devnull
        with open(self._output, 'wb') as output, open(errors_to, 'wb') as errors, _stdin(workload) as source:
            process = subprocess.Popen(command, stdin=source, stdout=output, stderr=errors,
                                       cwd=workload.directory or self._scratch)
            wall, problem = self._drive(workload, process, limit)
        sample = self._read(allocator.statuses)
        if allocator.says:
            sample.note = _said(self._errors, allocator.says)
        if problem and not sample.failure:
            sample.failure = problem
        if workload.client:
            sample.wall = wall
        elif not sample.failure and workload.compare:
            sample.digest = _digest(self._output)
        return sample

    def _drive(self, workload, process, limit):
        """Waits for the program or, for a server, lets a client talk to it and measures that."""
        try:
            return workload.client(process, limit) if workload.client else (process.wait() * 0.0, '')
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM)
            raise
        finally:
            if workload.client:
                _end(process)
            process.wait()

    def _read(self, statuses):
        try:
            with open(self._result, encoding='ascii') as file:
                wall, user, system, peak, status, timed_out = file.read().split()
        except (OSError, ValueError):
            return Sample(failure='no result')
        sample = Sample(float(wall), float(user) + float(system), int(peak))
        if timed_out == '1':
            sample.failure = 'time-out'
        elif status not in statuses:
            code = int(status)
            sample.failure = signal.Signals(-code).name if code < 0 else f'exit {code}'
        return sample


def _end(process):
    """A server that was asked to stop gets a moment; then its launcher ends it."""
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)


def _stdin(workload):
    return open(workload.stdin or os.devnull, 'rb')


def _said(path, pattern):
    """The last match: the process that was started ends after those that it starts."""
    with open(path, encoding='utf-8', errors='replace') as file:
        return (re.findall(pattern, file.read()) or [''])[-1]


def _digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def now():
    return time.monotonic()
