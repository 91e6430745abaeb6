"""Redis: the server runs under the allocator, redis-benchmark talks to it and always runs under glibc's."""
import os
import subprocess
import time

# Debian's server is linked to jemalloc; libc first in the list of libraries makes glibc's the one to measure against.
GLIBC = 'LD_PRELOAD=/lib/x86_64-linux-gnu/libc.so.6'
SOCKET = 'redis.sock'
SERVER = ('redis-server', '--port', '0', '--unixsocket', SOCKET, '--save', '', '--appendonly', 'no',
          '--daemonize', 'no', '--activedefrag', 'no')
LOADS = [('-n', '70000', '-t', 'set,get,lpush,rpop,sadd,hset,zadd', '-r', '20000', '-d', '100', '-P', '16'),
         ('-n', '10000', '-t', 'lrange_100', '-P', '4')]


def client(folder):
    """A client for the server that runs in `folder`."""
    path = os.path.join(folder, SOCKET)

    def talk(process, limit):
        deadline = time.monotonic() + limit
        if not _up(path, process, deadline):
            return 0.0, 'does not start'
        start = time.monotonic()
        problem = ''
        for load in LOADS:
            problem = problem or _run(['redis-benchmark', '-q', '-s', path, *load], deadline)
        wall = time.monotonic() - start
        _run(['redis-cli', '-s', path, 'shutdown', 'nosave'], time.monotonic() + 10)
        if os.path.exists(path):
            os.unlink(path)
        return wall, problem

    return talk


def _up(path, process, deadline):
    while time.monotonic() < deadline and process.poll() is None:
        if os.path.exists(path) and not _run(['redis-cli', '-s', path, 'ping'], deadline):
            return True
        time.sleep(0.02)
    return False


def _run(command, deadline):
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                              timeout=max(0.1, deadline - time.monotonic()))
        return '' if done.returncode == 0 else 'client fails'
    except subprocess.TimeoutExpired:
        return 'time-out'
