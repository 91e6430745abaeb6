// The detection contract, row by row (docs/DESIGN.md), for a block of any owner: a thread's cache, an arena's
// heap, the large blocks, the guarded ones. Arguments: the size, which decides, and "guarded" where the
// options guard every block; for what traps in the act: overrun or late_write. Signal handlers that allocate
// have programs of their own.
#include <errno.h>
#include <malloc.h>
#include <padlock/padlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <initializer_list>
#include <new>

#include "check.h"

extern "C" void free_sized(void* pointer, size_t size);
extern "C" void free_aligned_sized(void* pointer, size_t alignment, size_t size);

namespace {

size_t size;

struct Seen {
  int count;
  char kind[64];
  const void* address;
  const void* block;
  size_t requested;
  int64_t offset;
  uint64_t length;
} seen;

void on_fault(const padlock_fault* fault, void*) {
  ++seen.count;
  strncpy(seen.kind, fault->kind, sizeof seen.kind - 1);
  seen.address = fault->address;
  seen.block = fault->block;
  seen.requested = fault->requested;
  seen.offset = fault->damage_offset;
  seen.length = fault->damage_length;
}

// Exactly one fault since the last look: of this kind, about this block.
void expect(const char* kind, const void* block) {
  CHECK(seen.count == 1);
  CHECK(strcmp(seen.kind, kind) == 0);
  CHECK(seen.block == block && (block == nullptr || seen.requested == size));
  seen.count = 0;
}

void expect_damage(const char* kind, const void* block, int64_t offset, uint64_t length) {
  expect(kind, block);
  CHECK(seen.offset == offset && seen.length == length);
}

void expect_none() { CHECK(seen.count == 0); }

char* block() {
  auto* p = static_cast<char*>(OPAQUE(malloc(size)));
  CHECK(p != nullptr && malloc_usable_size(p) == size);
  return p;
}

void legal() {
  free(block());
  free_sized(block(), size);
  free_aligned_sized(block(), 1, size);
  using std::align_val_t;
  ::operator delete(OPAQUE(::operator new(size)));
  ::operator delete(OPAQUE(::operator new(size)), size);
  ::operator delete[](OPAQUE(::operator new[](size)), size);
  ::operator delete(OPAQUE(::operator new (size, align_val_t{1})));
  ::operator delete(OPAQUE(::operator new (size, align_val_t{1})), size);
  ::operator delete (OPAQUE(::operator new (size, align_val_t{1})), align_val_t{1});
  ::operator delete (OPAQUE(::operator new(size)), align_val_t{1});
  ::operator delete (OPAQUE(::operator new (size, align_val_t{64})), size, align_val_t{64});
  free(OPAQUE(aligned_alloc(64, size)));
  free_aligned_sized(OPAQUE(aligned_alloc(64, size)), 64, size);
  free(OPAQUE(realloc(block(), size)));
  expect_none();
}

void overflow() {
  char* p = block();
  for (size_t length : {1, 8}) {
    spoil(p + size, length);
    p = static_cast<char*>(OPAQUE(realloc(p, size)));
    expect_damage("heap-buffer-overflow", seen.block, static_cast<int64_t>(size), length);
  }
  free(p);
  expect_none();

  p = block();
  spoil(p + size + 2, 1);
  CHECK(padlock_check_heap() == 1);
  expect_damage("heap-buffer-overflow", p, static_cast<int64_t>(size) + 2, 1);
  free(p);
  expect_none();

  p = block();
  spoil(p + size, 1);
  free(p);
  expect_damage("heap-buffer-overflow", p, static_cast<int64_t>(size), 1);
}

// Over the padding and into the next header, or into memory that was never handed out, whose bytes are not
// known. A large or a guarded block ends at a guard page (see
// trapped()).
void overrun() {
  char* p = block();
  const size_t next_header = (size + 32 + 8 + 15) / 16 * 16 - 32;
  spoil(p + size, next_header + 8 - size);
  free(p);
  expect("heap-buffer-overflow", p);
  CHECK(seen.offset == static_cast<int64_t>(size) && seen.length >= next_header - size);
}

void underflow() {
  char* p = block();
  spoil(p - 3, 3);
  free(p);
  expect_damage("heap-buffer-underflow", p, -3, 3);

  p = block();
  spoil(p - 1, 1);
  CHECK(padlock_check_heap() == 1);
  expect_damage("heap-buffer-underflow", p, -1, 1);
  free(p);
  expect_none();
}

void damaged_header() {
  char* p = block();
  p[-20] ^= 1;
  free(p);
  expect_damage("metadata-corruption", p, -20, 1);
}

// Where a freed block's pages are the program's still.
void write_after_free() {
  char* p = block();
  free(p);
  spoil(p + size / 2, 1);
  CHECK(padlock_check_heap() == 1);
  expect_damage("use-after-free-write", p, static_cast<int64_t>(size / 2), 1);
}

void freed_before() {
  char* p = block();
  free(p);
  free(p);
  expect("double-free", p);
  ::operator delete(p);
  expect("double-free", p);
  CHECK(realloc(p, 10) == nullptr);
  expect("use-after-free", p);
  CHECK(malloc_usable_size(p) == 0);
  expect("use-after-free", p);
  free_aligned_sized(p, 1, size);
  expect("double-free", p);
}

void interior() {
  char* p = block();
  free(p + 16);
  expect("invalid-free", p);
  CHECK(seen.address == p + 16);
  free(p + size / 2 + 1);
  expect("invalid-free", p);
  CHECK(realloc(p + 16, size) == nullptr);
  expect("invalid-free", p);
  CHECK(malloc_usable_size(p + 16) == 0);
  expect("invalid-free", p);
  free(p);
  expect_none();
}

void no_block() {
  int local = 0;
  static int fixed = 0;
  free(OPAQUE(&local));
  expect("invalid-free", nullptr);
  free(OPAQUE(&fixed));
  expect("invalid-free", nullptr);
  free(OPAQUE(reinterpret_cast<void*>(0x7777777770)));
  expect("invalid-free", nullptr);
}

void wrong_family() {
  char* p = block();
  ::operator delete(p);
  expect("alloc-dealloc-mismatch", p);
  void* q = OPAQUE(::operator new(size));
  free(q);
  expect("alloc-dealloc-mismatch", q);
  q = OPAQUE(::operator new[](size));
  ::operator delete(q);
  expect("alloc-dealloc-mismatch", q);
  q = OPAQUE(::operator new(size));
  void* moved = realloc(q, size);
  expect("alloc-dealloc-mismatch", q);
  ::operator delete(moved);
  expect_none();
}

void wrong_size() {
  char* p = block();
  free_sized(p, size + 1);
  expect("delete-size-mismatch", p);
  p = block();
  free_aligned_sized(p, 1, size - 1);
  expect("delete-size-mismatch", p);
  void* q = OPAQUE(::operator new(size));
  ::operator delete(q, size - 1);
  expect("delete-size-mismatch", q);
}

void wrong_alignment() {
  using std::align_val_t;
  void* p = OPAQUE(::operator new (size, align_val_t{64}));
  ::operator delete(p);
  expect("delete-alignment-mismatch", p);
  p = OPAQUE(::operator new(size));
  ::operator delete (p, align_val_t{64});
  expect("delete-alignment-mismatch", p);
  p = OPAQUE(::operator new (size, align_val_t{1}));
  ::operator delete (p, align_val_t{64});
  expect("delete-alignment-mismatch", p);
  p = OPAQUE(aligned_alloc(64, size));
  free_aligned_sized(p, 32, size);
  expect("delete-alignment-mismatch", p);
  p = block();
  free_aligned_sized(p, 32, size);
  expect("delete-alignment-mismatch", p);
}

void impossible_requests() {
  errno = 0;
  CHECK(calloc(OPAQUE(SIZE_MAX / 2), size) == nullptr && errno == ENOMEM);
  char* p = block();
  errno = 0;
  CHECK(realloc(p, OPAQUE(SIZE_MAX / 2)) == nullptr && errno == ENOMEM);
  CHECK(reallocarray(p, OPAQUE(SIZE_MAX / 2), size) == nullptr);
  void* q = nullptr;
  CHECK(posix_memalign(&q, 3, size) == EINVAL);
  free(p);
  expect_none();
}

// What is found in the act, and ends the process.
const char* trapped_kind;
const void* trapped_block;

void on_trap(const padlock_fault* fault, void*) {
  CHECK(strcmp(fault->kind, trapped_kind) == 0);
  CHECK(fault->block == trapped_block && fault->requested == size);
  _exit(0);
}

void trapped(const char* what) {
  padlock_set_fault_callback(on_trap, nullptr);
  char* p = block();
  trapped_block = p;
  if (strcmp(what, "overrun") == 0) {
    trapped_kind = "heap-buffer-overflow";
    spoil(p + size, 64);
  } else {
    trapped_kind = "use-after-free-write";
    free(p);
    p[size / 2] = 'x';
  }
  CHECK(!"reached");
}

}  // namespace

int main(int count, char** arguments) {
  size = static_cast<size_t>(atol(arguments[1]));
  const bool guarded = count > 2 && strcmp(arguments[2], "guarded") == 0;
  if (count > 2 && strcmp(arguments[2], "locked") == 0) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) return 77;
  } else if (count > 2 && !guarded) {
    trapped(arguments[2]);
  }
  const bool traps = guarded || size >= 1000000;
  padlock_set_fault_callback(on_fault, nullptr);
  legal();
  overflow();
  if (!traps) overrun();
  underflow();
  if (!guarded) damaged_header();
  if (!traps) write_after_free();
  freed_before();
  interior();
  no_block();
  wrong_family();
  wrong_size();
  wrong_alignment();
  impossible_requests();
  // The freed block that was written to may still be there; it has been reported.
  CHECK(padlock_check_heap() == 0);
  expect_none();
  return 0;
}
