"""gdb's commands for Padlock's heap, in a live process and in a core file:

    padlock heap            what the heap holds, and which blocks are damaged
    padlock block ADDRESS   the block that an address belongs to
    padlock stacks ADDRESS  who allocated it, and who freed it

Everything is read from memory by Padlock's own debug information: nothing is called in the program. Frames of
Padlock's own are left out of backtraces; "disable frame-filter global Padlock" shows them.
"""
import collections
import struct

import gdb

GRANULE = 16
HEADER = 32
CANARY_FACTOR = 0x9E3779B97F4A7C15
ALL_ONES = (1 << 64) - 1

# src/core/block/header_layout.h: word, shift, width.
FIELDS = {
    "granules": (0, 0, 28), "state": (0, 28, 3), "origin": (0, 31, 3), "align_log2": (0, 34, 6),
    "alloc_trace": (0, 40, 24), "requested": (1, 0, 40), "free_trace": (1, 40, 24), "number_low": (2, 0, 32),
    "alloc_thread": (2, 32, 16), "free_thread": (2, 48, 16), "seal": (3, 0, 32), "number_high": (3, 32, 16),
    "front": (3, 48, 16),
}

Block = collections.namedtuple(
    "Block", "holder begin end user requested state origin number alloc_trace free_trace alloc_thread "
             "free_thread damage")


class NotReadable(Exception):
    """What a command needs cannot be read; the text says what it is."""


# Memory, and Padlock's variables in it.

def bytes_at(address, size):
    try:
        return gdb.selected_inferior().read_memory(address, size).tobytes()
    except gdb.MemoryError:
        raise NotReadable("memory at 0x%x cannot be read" % address) from None


def words_at(address, count):
    return struct.unpack("<%dQ" % count, bytes_at(address, 8 * count))


def number_of(value):
    """An integer, pointer or enumerator, also in a std::atomic."""
    return int.from_bytes(bytes_at(int(value.address), min(value.type.sizeof, 8)), "little")


def variable(name):
    try:
        return gdb.parse_and_eval("'padlock::runtime::%s'" % name)
    except gdb.error:
        raise NotReadable("Padlock is not in this program, or has no debug information (%s is not known)" % name) from None


def type_of(name):
    return gdb.lookup_type("padlock::" + name)


def at(address, name):
    return gdb.Value(address).cast(type_of(name).pointer()).dereference()


def enumerator(name, number):
    """BlockState 1 -> "quarantined"."""
    for field in type_of(name).strip_typedefs().fields():
        if field.enumval == number:
            return field.name.rsplit("::", 1)[-1][1:].lower()
    return "unknown (%d)" % number


# Headers.

def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC = crc_table()


def crc32c(crc, data):
    for byte in data:
        crc = CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def nonzero_bytes(word):
    """src/arch/x86_64/arch/nonzero_bytes.h: one is added to each byte, but to 255."""
    return int.from_bytes(bytes(min(byte + 1, 255) for byte in word.to_bytes(8, "little")), "little")


class Keys:
    def __init__(self, keys):
        self.seal, self.canary = number_of(keys["seal"]), number_of(keys["canary"])

    def seal_of(self, header, words):
        data = struct.pack("<4QI", header, *words[:3], words[3] >> 32)
        return crc32c(self.seal & 0xFFFFFFFF, data)

    def canary_of(self, seal):
        return nonzero_bytes((seal ^ self.canary) * CANARY_FACTOR & ALL_ONES)


def take_apart(words):
    return {name: words[word] >> shift & (1 << width) - 1 for name, (word, shift, width) in FIELDS.items()}


def padding_damage(canary, user, begin, end, memory):
    """`memory`: the bytes from begin to end, which all belong to the canary."""
    pattern = canary.to_bytes(8, "little")
    wrong = [begin + i for i, byte in enumerate(memory) if byte != pattern[(begin + i) % 8]]
    if not wrong:
        return None
    first, last = wrong[0] - user, wrong[-1] - user
    return "padding, at offset %d" % first if first == last else "padding, from offset %d to %d" % (first, last)


def arena_block(header, next_start, keys, memory):
    """`memory`: of the block, from its header on. The marks beside the heap say where it ends."""
    words = struct.unpack_from("<4Q", memory)
    user, end = header + HEADER, next_start
    says = take_apart(words)
    if says["seal"] != keys.seal_of(header, words) or says["granules"] * GRANULE != end - header:
        return Block("arena", header, end, user, None, "unknown", "unknown", 0, 0, 0, 0, 0, "header")
    damage = None
    state = enumerator("core::BlockState", says["state"])
    if state == "live":
        begin = user + says["requested"]
        damage = padding_damage(keys.canary_of(says["seal"]), user, begin, end, memory[begin - header:])
    return Block("arena", header, end, user, says["requested"], state, enumerator("core::Origin", says["origin"]),
                 says["number_low"] | says["number_high"] << 32, says["alloc_trace"], says["free_trace"],
                 says["alloc_thread"], says["free_thread"], damage)


def snapshot_block(holder, snapshot, begin, end, damage=None):
    """Of a core::BlockSnapshot."""
    get = lambda name: number_of(snapshot[name])
    return Block(holder, begin, end, get("user"), get("requested"), enumerator("core::BlockState", get("state")),
                 enumerator("core::Origin", get("origin")), get("number"), get("alloc_trace"), get("free_trace"),
                 get("alloc_thread"), get("free_thread"), damage)


# Who holds an address.

def arenas():
    entries = variable("arena_set")["arenas_"]
    for pointer in words_at(int(entries.address), entries.type.sizeof // 8):
        if pointer:
            yield at(pointer, "runtime::Arena")


def regions(arena):
    region = number_of(arena["heap_"]["state_"]["regions"]["first_"])
    while region:
        value = at(region, "core::Region")
        yield value
        region = number_of(value["next_"])


def keys_of(arena):
    return Keys(arena["heap_"]["state_"]["keys"])


def starts_of(region):
    """The granules at which blocks begin, and the first one that none has come to."""
    top = number_of(region["top"])
    words = number_of(region["starts"]["words_"])
    found = []
    for i, word in enumerate(words_at(words, (top + 63) // 64)):
        while word:
            low = word & -word
            found.append(i * 64 + low.bit_length() - 1)
            word ^= low
    return [start for start in found if start < top] + [top]


def region_blocks(region, keys):
    base = number_of(region["base_"])
    starts = starts_of(region)
    memory, begin = bytes_at(base, starts[-1] * GRANULE), base
    for start, following in zip(starts, starts[1:]):
        header, end = base + start * GRANULE, base + following * GRANULE
        yield arena_block(header, end, keys, memory[header - begin:end - begin])


def find_in_arena(address):
    for arena in arenas():
        for region in regions(arena):
            base, top = number_of(region["base_"]), number_of(region["top"])
            if not 0 <= address - base < top * GRANULE:
                continue
            starts = starts_of(region)
            index = max(i for i, start in enumerate(starts) if base + start * GRANULE <= address)
            header, end = (base + starts[i] * GRANULE for i in (index, index + 1))
            return arena_block(header, end, keys_of(arena), bytes_at(header, end - header))
    return None


def large_blocks():
    table = variable("large_blocks")["table_"]
    count, buckets = number_of(table["bucket_count_"]), number_of(table["buckets_"])
    for record in words_at(buckets, count) if count else ():
        while record:
            value = at(record, "runtime::LargeRecord")
            mapping = value["mapping"]
            if enumerator("runtime::LargePlace", number_of(value["place"])) != "gone":
                yield snapshot_block("large", value["block"], number_of(mapping["map_begin"]), number_of(mapping["map_end"]))
            record = number_of(value["next"])


def guarded_blocks():
    holder = variable("guarded_blocks")
    region = holder["region_"]
    records, begin = number_of(region["records_"]), number_of(region["begin_"])
    if not begin:
        return
    record_type, block_type = type_of("runtime::GuardedRecord"), type_of("runtime::GuardedBlock")
    size = number_of(region["size_"])
    used = holder["used_"]["_M_elems"]
    for area in range(used.type.sizeof // used[0].type.sizeof):
        first = number_of(region["first_record_"]["_M_elems"][area])
        area_begin, shift = begin + size - (size >> area), 12 + 2 + area
        for index in range(number_of(used[area])):
            record = gdb.Value(records + (first + index) * record_type.sizeof).cast(record_type.pointer())
            block = record["known"]["words_"].address.cast(block_type.pointer()).dereference()
            place = enumerator("runtime::GuardedPlace", number_of(block["place"]))
            if place == "unused":
                continue
            slot = area_begin + (index << shift)
            damage = guarded_damage(block) if place == "open" else None
            yield snapshot_block("guarded", block["block"], slot, slot + (1 << shift), damage)


def guarded_damage(block):
    user, requested = number_of(block["block"]["user"]), number_of(block["block"]["requested"])
    canary = number_of(block["canary"])
    begin, end = number_of(block["data"]["begin"]), number_of(block["data"]["end"])
    memory = bytes_at(begin, end - begin)
    if not any(memory):
        return None  # a core file that gdb wrote: it leaves out what lies between guard pages
    for first, last in ((begin, user), (user + requested, end)):
        if damage := padding_damage(canary, user, first, last, memory[first - begin:last - begin]):
            return damage
    return None


def find_block(address):
    if block := find_in_arena(address):
        return block
    holding = (block for holder in (guarded_blocks, large_blocks) for block in holder() if block.begin <= address < block.end)
    return next(holding, None)


def all_blocks():
    for arena in arenas():
        keys = keys_of(arena)
        for region in regions(arena):
            yield from region_blocks(region, keys)
    yield from large_blocks()
    yield from guarded_blocks()


# Stacks.

def element(array, index):
    """Its address in a trace::GrowingArray."""
    item = array.type.template_argument(0)
    per_chunk = 1 << int(array.type.template_argument(1))
    chunks = int(array["chunks_"].address)
    chunk, = words_at(chunks + 8 * (index // per_chunk), 1)
    if not chunk:
        raise NotReadable("the stack depot is damaged")
    return chunk + index % per_chunk * item.sizeof


def stack_of(trace):
    """Return addresses, innermost first; none where no stack is known."""
    if not trace:
        return ()
    depot = variable("trace_depot")
    place = int.from_bytes(bytes_at(element(depot["places_"], trace), 4), "little")
    if not place:
        return ()
    node = element(depot["words_"], place)
    depth = int.from_bytes(bytes_at(node, 4), "little")
    return words_at(node + 8, depth) if depth <= 256 else ()


def functions_at(pc):
    """Names of the functions at a call, innermost first: those that were inlined, then the one that was not."""
    block = gdb.block_for_pc(pc)
    names = []
    while block is not None and block.function is None and not block.is_global:
        block = block.superblock
    while block is not None and not block.is_global and not block.is_static:
        if block.function is not None:
            names.append(block.function.print_name)
        block = block.superblock
    if names:
        return names
    text = gdb.execute("info symbol 0x%x" % pc, to_string=True)
    return [text.split(" in section ")[0].split(" + ")[0]] if " in section " in text else ["??"]


def print_stack(title, trace):
    frames = stack_of(trace)
    print(title if frames else title.rstrip(":") + ": no stack is known")
    number = 0
    for pc in frames:
        line = gdb.find_pc_line(pc - 1)
        where = " at %s:%d" % (line.symtab.filename, line.line) if line.symtab else ""
        names = functions_at(pc - 1)
        for name in names:
            print("    #%d 0x%x in %s%s" % (number, pc, name, where if name == names[0] else " (inlined into)"))
            number += 1


# Words.

def counted(number, noun):
    return "%d %s%s" % (number, noun, "" if number == 1 else "s")


def where_in(block, address):
    if block.requested is None:
        return "in a block whose header is damaged"
    offset = address - block.user
    if offset < 0:
        return "%s before" % counted(-offset, "byte")
    if offset == block.requested and offset != 0:
        return "at the end of"
    if offset > block.requested:
        return "%s past the end of" % counted(offset - block.requested, "byte")
    return "%s into" % counted(offset, "byte")


def describe(block, address):
    size = "" if block.requested is None else "a %s%s block of %s" % (
        "" if block.holder == "arena" else block.holder + ", ", block.state, counted(block.requested, "byte"))
    print("0x%x is %s %s at 0x%x" % (address, where_in(block, address), size, block.user))
    if block.requested is not None:
        freed = ", freed by thread %d" % block.free_thread if block.free_trace else ""
        print("allocation #%d, from %s, by thread %d%s" % (block.number, block.origin, block.alloc_thread, freed))
    if block.damage:
        print("damaged: " + block.damage)


def parse(argument):
    if not argument:
        raise gdb.GdbError("an address is missing")
    return int(gdb.parse_and_eval(argument).cast(gdb.lookup_type("unsigned long")))


def block_at(argument):
    address = parse(argument)
    block = find_block(address)
    if block is None:
        raise gdb.GdbError("0x%x is in no block of Padlock's heap" % address)
    return block, address


class Command(gdb.Command):
    """Runs `work`, and says what could not be read."""

    def __init__(self, name, doc, work, completion=gdb.COMPLETE_NONE):
        self.__doc__ = doc
        super().__init__(name, gdb.COMMAND_DATA, completion)
        self.work = work

    def invoke(self, argument, from_tty):
        try:
            self.work(argument)
        except (NotReadable, ValueError, gdb.error) as problem:
            raise gdb.GdbError(str(problem)) from None


def show_block(argument):
    describe(*block_at(argument))


def show_stacks(argument):
    block, address = block_at(argument)
    describe(block, address)
    print_stack("allocated here:", block.alloc_trace)
    if block.free_trace:
        print_stack("freed here:", block.free_trace)


def show_heap(argument):
    """The argument: how many allocation stacks are shown."""
    shown = int(argument) if argument else 3
    blocks, sizes = collections.Counter(), collections.Counter()
    stacks, stack_sizes, damaged = collections.Counter(), collections.Counter(), []
    for block in all_blocks():
        blocks[block.state] += 1
        sizes[block.state] += block.requested or 0
        if block.damage:
            damaged.append(block)
        if block.state == "live" and block.alloc_trace:
            stacks[block.alloc_trace] += 1
            stack_sizes[block.alloc_trace] += block.requested
    for state, count in sorted(blocks.items()):
        print("%-12s %s, %s as requested" % (state, counted(count, "block"), counted(sizes[state], "byte")))
    for block in damaged:
        print("damaged: %s of the block at 0x%x" % (block.damage, block.user))
    if not damaged:
        print("no header, and no padding of a live block, is damaged")
    for trace, size in stack_sizes.most_common(shown):
        print_stack("%s in %s allocated here:" % (counted(size, "byte"), counted(stacks[trace], "live block")), trace)


class OwnFrames:
    """Leaves the frames between the program and where it stopped in Padlock out of backtraces, but for the first."""

    name, priority, enabled = "Padlock", 100, True

    def __init__(self):
        gdb.frame_filters[self.name] = self

    def filter(self, frames):
        first = True
        for frame in frames:
            name = str(frame.function() or "")
            own = name.startswith("padlock::")
            if not own or first:
                yield frame
            first = False


class Prefix(gdb.Command):
    __doc__ = __doc__

    def __init__(self):
        super().__init__("padlock", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


Prefix()
Command("padlock heap", "What the heap holds, which blocks are damaged, and the stacks of the most live bytes: padlock heap [STACKS]",
        show_heap)
Command("padlock block", "The block that an address belongs to: padlock block ADDRESS", show_block, gdb.COMPLETE_EXPRESSION)
Command("padlock stacks", "Who allocated the block at an address, and who freed it: padlock stacks ADDRESS", show_stacks,
        gdb.COMPLETE_EXPRESSION)
OwnFrames()
