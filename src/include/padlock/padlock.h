/* Padlock's C API: check the heap, describe an address, be called for each fault, read counters.
 *
 * Example:
 *
 *     #include <padlock/padlock.h>
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *
 *     const char* padlock_default_options(void) { return "halt_on_error=0"; }
 *
 *     static void on_fault(const struct padlock_fault* fault, void* context) {
 *       (void)context;
 *       puts(fault->kind);  // heap-buffer-overflow
 *     }
 *
 *     int main(void) {
 *       padlock_set_fault_callback(on_fault, NULL);
 *       char* text = malloc(5);
 *       text[5] = 0;
 *       padlock_check_heap();
 *       free(text);
 *     }
 *
 * All functions are thread-safe. In a program that runs without Padlock they are undefined symbols: link
 * libpadlock.a, or make them weak and test them before the call:
 *   #pragma weak padlock_check_heap
 *   if (padlock_check_heap) padlock_check_heap(); */
#ifndef PADLOCK_PADLOCK_H
#define PADLOCK_PADLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PADLOCK_API __attribute__((visibility("default")))

/* Verifies every block of the process's heap. Each damaged block is reported like any other fault, and once.
 * Returns how many faults are new: 0 says that nothing was damaged since the last look (where the options let
 * the program go on after a fault, otherwise it does not return). Damage that was reported before and is
 * still there is counted apart, in padlock_statistics::known_faults. */
PADLOCK_API size_t padlock_check_heap(void);

/* Writes to file descriptor 2 (or the log) what is known about an address: the block that holds it, its
 * size and state, who allocated and who freed it. Returns 1 if a block holds it, 0 if not. */
PADLOCK_API int padlock_describe(const void* address);

/* A fault as the callback sees it. `version` grows only by appending members. */
#define PADLOCK_FAULT_VERSION 2
struct padlock_fault {
  uint32_t version;       /* PADLOCK_FAULT_VERSION of the library */
  uint32_t size;          /* sizeof(struct padlock_fault) of the library */
  const char* kind;       /* "heap-buffer-overflow", ...: docs/REPORTS.md lists them */
  const char* summary;    /* the report's first line, in plain words */
  const char* report;     /* the whole report as text */
  const void* address;    /* the pointer passed in, or the trapped address, or null */
  const void* block;      /* user pointer of the block at fault, or null */
  size_t requested;       /* its requested size in bytes */
  int64_t damage_offset;  /* first damaged byte, from the user pointer */
  uint64_t damage_length; /* from the first damaged byte to the last; 0: no damage */
  /* Since version 2: the function that the program had called, "reallocarray", "operator delete[]"; or
   * "heap check", "exit check", "last check", "thread end", "trap"; "none" where that is unknown. */
  const char* call;
};

/* Called once a fault, after the report was written and before the process ends (or goes on). The
 * strings die when it returns. It may do whatever the thread may: Padlock holds no lock. Several
 * threads may call it at once where the program goes on after faults. A fault that it causes itself is
 * reported without calling it. Null removes it. Returns the former one. */
/* NOLINTNEXTLINE(modernize-use-using): C */
typedef void (*padlock_fault_callback)(const struct padlock_fault* fault, void* context);
PADLOCK_API padlock_fault_callback padlock_set_fault_callback(padlock_fault_callback callback, void* context);

/* Counters in bytes and blocks. `version` grows only by appending members; set `size` to the size of your
 * struct before the call: no more than that is written, and it is set to what was. */
#define PADLOCK_STATISTICS_VERSION 2
struct padlock_statistics {
  uint32_t version;
  uint32_t size;
  uint64_t live_blocks, live_bytes;
  uint64_t quarantined_blocks, quarantined_bytes;
  uint64_t idle_bytes;          /* out of quarantine, ready for reuse */
  uint64_t mapped_bytes;        /* taken from the system */
  uint64_t allocations, faults; /* since the start */
  uint64_t traces, trace_bytes; /* distinct stacks, memory of the depot */
  /* Since version 2: faults that the last check of the whole heap found again: reported before, still there.
   */
  uint64_t known_faults;
};
PADLOCK_API void padlock_stats(struct padlock_statistics* stats);

/* Looks for leaked blocks now, as at exit with detect_leaks=1: allocated, never freed, and reachable neither
 * from variables, stacks, registers and thread-local data nor from other reachable blocks. Reports them all,
 * and returns how many there are; PADLOCK_LEAKS_UNKNOWN where it was not possible to look, which a line
 * explains. Other threads stand still in the meantime. */
#define PADLOCK_LEAKS_UNKNOWN ((size_t)-1)
PADLOCK_API size_t padlock_leak_check(void);

/* What the calling thread allocates between these two is no leak, nor is what only such blocks point to. They
 * nest. */
PADLOCK_API void padlock_leak_disable(void);
PADLOCK_API void padlock_leak_enable(void);
/* The same for the block that `block` points into, as long as it is not freed or resized. */
PADLOCK_API void padlock_leak_ignore(const void* block);

/* Memory that is searched for pointers although it is neither a variable nor a stack: mapped by the program,
 * say. What of it is not readable at the time of a check is left out. Removed by the same two arguments; 0:
 * it was not there. */
PADLOCK_API void padlock_leak_add_root(const void* memory, size_t size);
PADLOCK_API int padlock_leak_remove_root(const void* memory, size_t size);

/* For allocators on top of malloc: memory of a live block that its pool has not handed out, or has taken
 * back. Nobody may touch it before it is unpoisoned, the pool itself included; its contents are lost. A
 * function of libc that is passed it is reported (shared library), a write when it is unpoisoned or poisoned
 * again, when its block is freed or resized, and when the heap is checked, both as use-after-poison. A block
 * that is freed or resized has no poisoned memory afterwards. Any place and any size; what lies outside the
 * block that holds `memory` is left alone, and so is memory that is no live block's. AddressSanitizer's names
 * for it (__asan_poison_memory_region, __asan_unpoison_memory_region,
 * __asan_address_is_poisoned, __asan_region_is_poisoned) are there too: they leave contents as they are, so
 * only calls are seen. */
PADLOCK_API void padlock_poison(const void* memory, size_t size);
PADLOCK_API void padlock_unpoison(const void* memory, size_t size);

/* For a debugger's break point ("break padlock_allocation_reached"); does nothing. With the option
 * break_on_allocation=N the thread that makes allocation number N, as reports number them, calls it when it
 * has its `block`. The addresses of a report hold where they are the same in each run, as under gdb: there,
 * "watch *(char*)ADDRESS" and "continue" stop at the write that the report is about. */
PADLOCK_API void padlock_allocation_reached(const void* block, uint64_t number);

/* For a debugger's break point ("break padlock_report_break"); does nothing. Called on the thread that a
 * fault was found on, when its report is written and before the process ends (or goes on); `kind` as in
 * padlock_fault, `address` what the fault is about, `block` the block at fault, or null. */
PADLOCK_API void padlock_report_break(const char* kind, const void* address, const void* block);

/* Define this in your program to set options at build time; PADLOCK_OPTIONS overrides it. Where Padlock is
 * preloaded, the program must export it: link with -Wl,--export-dynamic-symbol=padlock_default_options. */
PADLOCK_API const char* padlock_default_options(void);

/* Define this in your program to suppress reports: lines "kind:pattern", as in the file that the option
 * `suppressions` names. Exported as the one above. */
PADLOCK_API const char* padlock_default_suppressions(void);

/* "0.1.0" */
PADLOCK_API const char* padlock_version(void);

#ifdef __cplusplus
}
#endif
#endif
