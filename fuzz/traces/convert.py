#!/usr/bin/env python3
"""convert.py RECORD NAME [--pieces N] [--into FOLDER]: pieces of a recorded program (recorder.c) as inputs of harnesses.

A piece is what the program does with the blocks that it allocates from some moment on: calls about older blocks, and
blocks for which the harness has no place, are left out. Each piece becomes FOLDER/differential/NAME_<n>,
FOLDER/runtime/NAME_<n> and FOLDER/public_heap/NAME_<n>, in the harnesses' own languages: fuzz/differential/call.h,
fuzz/threads/script.h and fuzz/public_heap.cpp.
"""
import argparse
import os
import struct

RECORD = struct.Struct("<QQQII")
MALLOC, CALLOC, REALLOC, ALIGNED, FREE = range(1, 6)


def events(path):
    with open(path, "rb") as file:
        data = file.read()
    return list(RECORD.iter_unpack(data[:len(data) // RECORD.size * RECORD.size]))


class Pieces:
    """Follows blocks from one event on. `write(call, place, size, alignment, thread)` has a harness's input made."""

    def __init__(self, harness):
        self.harness = harness
        self.places = {}
        self.free_places = list(range(harness.places))[::-1]

    def take(self, stream):
        for result, pointer, size, call, thread in stream:
            if self.harness.full():
                break
            if call == FREE:
                if (place := self.places.pop(pointer, None)) is not None:
                    self.harness.write(FREE, place, 0, 0, thread)
                    self.free_places.append(place)
            elif call == REALLOC and pointer:
                if (place := self.places.pop(pointer, None)) is not None and size:
                    self.harness.write(REALLOC, place, size, 0, thread)
                    self.places[result] = place
                elif place is not None:
                    self.harness.write(FREE, place, 0, 0, thread)
                    self.free_places.append(place)
            elif result and self.free_places and size <= self.harness.largest:
                place = self.free_places.pop()
                self.places[result] = place
                self.harness.write(MALLOC if call == REALLOC else call, place, size, pointer, thread)
        return bytes(self.harness.bytes)


class Harness:
    def __init__(self):
        self.bytes = bytearray()
        self.count = 0
        self.threads = {}

    def full(self):
        return self.count >= self.most

    def thread(self, number, most):
        return self.threads.setdefault(number, len(self.threads)) % most


class Differential(Harness):
    places, most, largest = 256, 500, 400_000
    kinds = {MALLOC: 0, CALLOC: 1, REALLOC: 2, ALIGNED: 6, FREE: 17}

    def write(self, call, place, size, alignment, thread):
        self.count += 1
        code = size if size < 0xF000 else min(0xF000 + (size - 0xF000) // 100, 0xFFEF)
        extra = 1 if call == CALLOC else alignment.bit_length() - 1 if call == ALIGNED else 0
        self.bytes += struct.pack("<BBHBB", self.kinds[call], place, code, extra, 0x10 * self.thread(thread, 2))


class Runtime(Harness):
    places, most, largest = 64, 200, 220_000
    kinds = {MALLOC: 0, CALLOC: 1, ALIGNED: 2, FREE: 4, REALLOC: 5}

    def write(self, call, place, size, alignment, thread):
        self.count += 1
        if size < 600:
            code = size
        elif size < 0x3000:
            code = 0xC000 + size
        else:
            code = 0xF000 + max(0, size - 60000) // 40
        extra = alignment.bit_length() - 1 if call == ALIGNED else 0
        self.bytes += struct.pack("<BBHB", self.kinds[call], self.thread(thread, 4) + 4 * place, code, extra)


class PublicHeap(Harness):
    """Blocks are named by where they lie in a list, of which the last one takes the place of one that goes."""
    places, most, largest = 200, 280, 20_000
    kinds = {MALLOC: 0, CALLOC: 0, ALIGNED: 3, FREE: 4, REALLOC: 7}

    def __init__(self):
        super().__init__()
        # key, seed, quarantine's bytes / 4 and blocks, offset, size / 16, at the end
        self.bytes += struct.pack("<HBHHHHB", 7, 1, 2000, 300, 0, 0xFFFF, 0)
        self.list = []

    def write(self, call, place, size, alignment, thread):
        self.count += 1
        extra = self.count & 0xFF
        if call == ALIGNED:
            # A multiple of four is the alignment itself, any other number its power of two.
            power = alignment.bit_length() - 1
            extra = power if power % 4 else min(alignment, 128)
        if call in (FREE, REALLOC):
            extra = self.list.index(place) or len(self.list)
            self.list[self.list.index(place)] = self.list[-1]
            self.list.pop()
        if call != FREE:
            self.list.append(place)
        code = size if size < 1500 else 0xE000 + min(size // 24, 0x1FFF)
        self.bytes += struct.pack("<BHB", self.kinds[call], code, extra)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record")
    parser.add_argument("name")
    parser.add_argument("--pieces", type=int, default=6)
    parser.add_argument("--into", default="corpus/traces")
    arguments = parser.parse_args()
    stream = events(arguments.record)
    for folder, harness in (("differential", Differential), ("runtime", Runtime), ("public_heap", PublicHeap)):
        os.makedirs(os.path.join(arguments.into, folder), exist_ok=True)
        for piece in range(arguments.pieces):
            script = Pieces(harness()).take(stream[len(stream) * piece // arguments.pieces:])
            with open(os.path.join(arguments.into, folder, f"{arguments.name}_{piece + 1}"), "wb") as file:
                file.write(script)
    print(f"{arguments.name}: {len(stream)} calls, {arguments.pieces} pieces for each harness")


if __name__ == "__main__":
    main()
