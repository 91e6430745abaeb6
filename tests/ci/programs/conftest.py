"""Checks the heap after each test where Padlock is there, and fails the test that broke it."""
import ctypes

import pytest

process = ctypes.CDLL(None)


@pytest.fixture(autouse=True)
def sound_heap():
    yield
    if hasattr(process, "padlock_check_heap"):
        process.padlock_check_heap.restype = ctypes.c_size_t
        faults = process.padlock_check_heap()
        assert faults == 0, f"Padlock: {faults} fault(s) of the heap, see the report"
