"""One run of one workload under one allocator."""
import dataclasses
import hashlib
import os
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


class Measurer:
    """Runs commands through padlock-measure. Not for several threads: it uses one scratch directory."""

    def __init__(self, tree, scratch):
        self._program = os.path.abspath(os.path.join(tree, 'bench/padlock-measure'))
        self._scratch = os.path.abspath(scratch)
        self._result = os.path.join(self._scratch, 'result')
        self._output = os.path.join(self._scratch, 'stdout')
        os.makedirs(self._scratch, exist_ok=True)

    def run(self, workload, allocator, limit):
        """`limit` in seconds. Never raises for what the program does."""
        if os.path.exists(self._result):
            os.unlink(self._result)
        command = [self._program, self._result, str(max(1, round(limit))), *workload.env,
                   *allocator.environment(), '--', *allocator.prefix, *workload.command_for(allocator)]
        with open(self._output, 'wb') as output, _stdin(workload) as source:
            process = subprocess.Popen(command, stdin=source, stdout=output, stderr=subprocess.DEVNULL,
                                       cwd=workload.directory or self._scratch)
            wall, problem = self._drive(workload, process, limit)
        sample = self._read()
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

    def _read(self):
        try:
            with open(self._result, encoding='ascii') as file:
                wall, user, system, peak, status, timed_out = file.read().split()
        except (OSError, ValueError):
            return Sample(failure='no result')
        sample = Sample(float(wall), float(user) + float(system), int(peak))
        if timed_out == '1':
            sample.failure = 'time-out'
        elif status != '0':
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


def _digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def now():
    return time.monotonic()
