"""What the figures were measured on."""
import os
import platform
import subprocess


def _first(path, key):
    with open(path, encoding='utf-8') as file:
        return next((line.split(':', 1)[1].strip() for line in file if line.startswith(key)), '?')


def describe(root):
    memory = int(_first('/proc/meminfo', 'MemTotal').split()[0]) // 1024 // 1024
    commit = subprocess.run(['git', '-C', root, 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True,
                            check=False).stdout.strip()
    return [f'{_first("/proc/cpuinfo", "model name")}, {os.cpu_count()} processors, {memory} GB, '
            f'Linux {platform.release()}, glibc {platform.libc_ver()[1]}; Padlock at {commit or "?"}.']
