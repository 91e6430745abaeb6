import ctypes

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]


def test_sound():
    libc.free(libc.malloc(ctypes.c_size_t(10)))


def test_broken():
    block = libc.malloc(ctypes.c_size_t(25))
    byte = ctypes.c_ubyte.from_address(block + 25)
    byte.value ^= 0x55


def test_sound_again():
    libc.free(libc.malloc(ctypes.c_size_t(10)))
