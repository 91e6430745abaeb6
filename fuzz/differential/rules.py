"""What allocators may differ in from glibc's: each difference by a name, with its reason. All others are faults."""

# Usable sizes differ without a rule: glibc rounds up to its chunks, others to their classes, and Padlock not at all.
ALL = ("padlock", "padlock --strict", "jemalloc", "tcmalloc")
PADLOCK = ALL[:2]


class Rule:
    """Covers a difference if `applies(call, glibc, other)` is true of what both calls came to; `fields` are what it covers."""

    def __init__(self, name, allocators, fields, reason, applies, rare=False):
        self.rare = rare  # other systems need it: where it was not needed, it is not in vain
        self.name, self.allocators, self.fields, self.reason, self.applies = name, allocators, fields, reason, applies
        self.used = 0


def wraps_in_libstdcxx(call):
    return call["name"].startswith("new") and "aligned" in call["name"] and call["size"] > 2**64 - 2**17


def odd_alignment(call):
    alignment = call.get("alignment", 16)
    return alignment == 0 or alignment & (alignment - 1) != 0


RULES = [
    Rule("posix_memalign keeps errno", ALL, {"errno"},
         "POSIX has it return the error, and says nothing of errno; glibc sets it on the way",
         lambda call, glibc, other: call["name"] == "posix_memalign" and glibc.get("result") == "null" and other.get("errno") == "same"),
    Rule("aligned operator new of nearly all memory fails", ALL, {"result", "aligned", "usable", "handler", "errno"},
         "libstdc++'s rounds the size up to the alignment, which wraps, and returns a block that is too short",
         lambda call, glibc, other: wraps_in_libstdcxx(call) and other.get("result") in ("bad_alloc", "null")),
    Rule("aligned_alloc rounds alignments up", PADLOCK, {"result", "errno", "aligned", "usable"},
         "glibc did so before 2.38, and refuses those that are no power of two since",
         lambda call, glibc, other: call["name"] == "aligned_alloc" and odd_alignment(call) and glibc.get("result") == "null",
         rare=True),
    Rule("small blocks are aligned to 8 bytes", ("jemalloc", "tcmalloc"), {"aligned"},
         "an object of fewer than 16 bytes needs no more",
         lambda call, glibc, other: other.get("aligned") == "natural"),
    Rule("no bytes need no alignment", ("jemalloc",), {"aligned"},
         "memalign(16, 0) and valloc(0) are served by the class of 8 bytes",
         lambda call, glibc, other: call["size"] == 0 and call["name"] in ("memalign", "aligned_alloc", "valloc")),
    Rule("not every alignment is rounded up", ("jemalloc",), {"result", "errno", "aligned", "usable"},
         "memalign and aligned_alloc of no power of two: the standard leaves it open, glibc and Padlock round up",
         lambda call, glibc, other: call["name"] in ("memalign", "aligned_alloc") and odd_alignment(call)),
    Rule("odd alignments are not asked for", ("tcmalloc",), {"absent", "result", "errno", "aligned", "usable", "size", "status"},
         "one that is no power of two breaks its heap",
         lambda call, glibc, other: "absent" in other and odd_alignment(call)),
    Rule("a failure that does not set errno", ("jemalloc", "tcmalloc"), {"errno"},
         "jemalloc's memalign, valloc and realloc; tcmalloc's calloc of a product that wraps",
         lambda call, glibc, other: other.get("result") == "null" and other.get("errno") == "same"),
    Rule("pvalloc of nearly all memory gives a block", ("tcmalloc",), {"result", "errno", "aligned", "usable"},
         "the size is rounded up to pages, which wraps",
         lambda call, glibc, other: call["name"] == "pvalloc" and call["size"] > 2**64 - 4096),
    Rule("no pvalloc", ("jemalloc",), {"absent", "result", "errno", "aligned", "usable", "size"},
         "it would come from glibc, whose blocks jemalloc cannot free",
         lambda call, glibc, other: "absent" in other),
]

# Words that no call may come to, whatever others make of it. Of others than glibc and Padlock they are not held against anyone:
# tcmalloc's pvalloc(SIZE_MAX) is a block. "natural" is an alignment of 8 bytes.
BROKEN = {"glibc": {"BAD", "LESS", "OTHER", "natural"}, "jemalloc": {"BAD", "LESS", "OTHER"}, "tcmalloc": {"BAD", "LESS", "OTHER"}}
for allocator in PADLOCK:
    # The usable size is the one that was asked for, to the byte.
    BROKEN[allocator] = BROKEN["glibc"] | {"more"}
