// What can go wrong with a heap, as plain data. The core reports faults through this and nothing else;
// it never prints, aborts or throws.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/call.h"

namespace padlock::core {

/// What went wrong. fault_table.def lists the kinds with what is known of each.
enum class FaultKind : std::uint8_t {
  kNone,
#define PADLOCK_FAULT_KIND(kind, ...) kind,
#include "core/fault_table.def"
};

/// The kind as reports spell it: "heap-buffer-overflow".
const char* to_string(FaultKind kind) noexcept;

/// What the allocator was doing when it found the fault.
enum class Moment : std::uint8_t {
  kAllocate,  // looking for memory to hand out
  kFree,      // free, delete
  kRealloc,
  kUsableSize,
  kEviction,     // the block left the quarantine
  kReuse,        // the block was about to be handed out again
  kCoalesce,     // the block was about to be merged with a neighbour
  kCheck,        // a heap check on request
  kExit,         // the heap check at exit
  kEnd,          // the last heap check before the process ends in another way, or executes another program
  kAccess,       // the hardware trapped the access itself, or the call that was about to make it
  kCall,         // a function of libc was passed the block
  kWrite,        // a tracer saw the instruction that did the damage
  kKernelWrite,  // or the system call
};
const char* to_string(Moment moment) noexcept;

enum class BlockState : std::uint8_t {
  kLive,         // owned by the program
  kQuarantined,  // freed, held back, poisoned
  kReady,        // out of quarantine, not yet merged
  kFree,         // coalesced
  kCondemned,    // found damaged while idle: never handed out again
  kBlank,        // cut off for a cache, never handed out: says nothing, holds nothing
};
const char* to_string(BlockState state) noexcept;

/// What a bad pointer points at; the core knows the first three, the runtime refines kUnknown.
enum class PointerClass : std::uint8_t {
  kNone,        // the fault is not about a pointer
  kInterior,    // inside the block `Fault::block`
  kHeapUnused,  // heap memory that was never handed out
  kUnknown,     // outside every region
  kStack,
  kStartString,  // an argument or environment string, as the kernel left it
  kStartArray,   // the array of arguments or environment strings, as the kernel left it
  kThreadLocal,  // a thread-local variable
  kStatic,       // inside a loaded module
  kForeign,      // mapped memory that is not Padlock's
  kWild,         // unmapped memory
  kOwnBlock,     // the block `Fault::block`, whose release another allocator's function was called for
};
const char* to_string(PointerClass pointer_class) noexcept;

/// What of Padlock's own memory a kMetadataCorruption is about, where it is not the header of a block.
enum class Table : std::uint8_t {
  kNone,
  kHeap,         // what a heap is: its keys, where its regions and slots are
  kRegion,       // what a region is: where it lies, where its marks are
  kMarks,        // a region's marks: where blocks start, which are idle, condemned or merged
  kQuarantine,   // slots of freed blocks
  kIdle,         // the index of idle blocks
  kCounts,       // of blocks
  kRecord,       // of a large block
  kUnallocated,  // no table: memory that no block has come to, and none before it
  kSlots,        // of blocks to be handed out again, in caches and stocks
  kOwn,          // a trapped access: any of them, or the closed pages around them
  kFollowed,     // a trapped access of Padlock's own code, to where one of them led it
};

enum class Access : std::uint8_t { kUnknown, kRead, kWrite };

/// The memory that one instruction accessed, as far as the hardware reports it.
struct AccessedRange {
  std::uintptr_t address = 0;  // 0: no access was trapped
  std::uint64_t length = 0;    // bytes; 0: unknown
  Access access = Access::kUnknown;
  bool unwritten =
      false;  // the program has written nothing where it begins: what Padlock had put there is there
  bool by_kernel = false;  // in a system call, which failed with EFAULT

  [[nodiscard]] bool present() const noexcept { return address != 0; }
  friend bool operator==(const AccessedRange&, const AccessedRange&) = default;
};

/// A block as its header described it when the fault was found. Sizes in bytes.
struct BlockSnapshot {
  std::uintptr_t header = 0;      // address of the header; 0: no block
  std::uintptr_t user = 0;        // address the program was given
  std::uint64_t block_size = 0;   // header, user data and padding
  std::uint64_t requested = 0;    // what the program asked for
  std::uint64_t alignment = 0;    // asked for explicitly; 0: none
  std::uint64_t number = 0;       // allocation number
  std::uint32_t alloc_trace = 0;  // stack depot ids; 0: none
  std::uint32_t free_trace = 0;
  std::uint16_t alloc_thread = 0;  // thread indices; 0: none
  std::uint16_t free_thread = 0;
  BlockState state = BlockState::kLive;
  Origin origin = Origin::kMalloc;
  bool sealed = false;  // the header verified, or what it said could be proven: all of the above can be
                        // trusted (else only header, user and block_size)

  // Where it is not sealed: the block is in the program's hands, and of the rest this much is plausible in
  // itself.
  bool size_shown = false;    // `requested`, by the padding
  bool origin_shown = false;  // what the damaged header says: alignment, origin, alloc_trace, and, unless
                              // they are 0, number and alloc_thread. Only with size_shown

  [[nodiscard]] bool present() const noexcept { return header != 0; }
  friend bool operator==(const BlockSnapshot&, const BlockSnapshot&) = default;
};

/// Bytes around the damage, copied out before anything could change them.
struct DamageWindow {
  static constexpr std::size_t kCapacity = 128;
  std::uintptr_t start = 0;
  std::uint16_t size = 0;
  std::uint8_t found[kCapacity] = {};
  std::uint8_t expected[kCapacity] = {};  // meaningful where `known` says so
  bool known[kCapacity] = {};             // the byte is one whose value Padlock had set

  friend bool operator==(const DamageWindow&, const DamageWindow&) = default;
};

struct Damage {
  std::uintptr_t address = 0;  // first damaged byte
  std::int64_t offset = 0;     // of that byte, from the user pointer of Fault::block
  std::uint64_t length = 0;    // from the first to the last damaged byte, both included
  bool at_least = false;       // the damage may reach further than `length` can prove
  bool apart = false;          // runs of bytes in between are untouched: several writes, or one that skips
  std::uint64_t changed = 0;   // so many of `length` have changed for certain; 0: taken for one run
  bool somewhere = false;      // some bytes of [address, address + length): which is not known
  DamageWindow window;

  [[nodiscard]] bool present() const noexcept { return length != 0; }
  /// Bytes that were written, at least.
  [[nodiscard]] std::uint64_t least() const noexcept { return changed != 0 ? changed : length; }
  friend bool operator==(const Damage&, const Damage&) = default;
};

/// A value that Padlock had put into memory, and that the program read there and used for something else.
struct ReadValue {
  enum class Use : std::uint8_t {
    kNone,     // the fault is not about such a value
    kAccess,   // memory was accessed through it
    kIndex,    // the address was computed from it and from something else
    kTable,    // a place to go to was looked up through it
    kJump,     // it was gone to
    kPointer,  // it was passed to a call as a pointer
    kSize,     // or as a size
  };
  enum class Part : std::uint8_t { kWhole, kLowerHalf, kUpperHalf };  // of the word
  Use use = Use::kNone;
  Part part = Part::kWhole;
  std::uint64_t value = 0;    // as it was used
  std::int64_t offset = 0;    // of that from the word in memory: a member, an element
  std::uintptr_t source = 0;  // where the word lies, or lay
  bool gone = false;          // something else is there by now

  [[nodiscard]] bool present() const noexcept { return use != Use::kNone; }
  friend bool operator==(const ReadValue&, const ReadValue&) = default;
};

/// Why Fault::block is named.
enum class Blame : std::uint8_t {
  kProven,    // what was found shows it
  kComputed,  // the instruction that made the access computed the place from its address
  kAtHand,    // the code that made the access had its address at hand: a hint
  kNearest,   // it is the nearest one to a place where there is none
};

/// One violation of the detection contract.
struct Fault {
  FaultKind kind = FaultKind::kNone;
  Moment moment = Moment::kCheck;
  Call call = Call::kNone;  // what the program was doing; the core leaves it to its owner
  Blame blame = Blame::kProven;
  PointerClass pointer_class = PointerClass::kNone;  // for kInvalidFree
  Origin given_origin = Origin::kMalloc;             // the family of the call that was made
  std::uintptr_t address = 0;                        // the pointer passed in, or the trapped address; 0: none
  Table table = Table::kNone;  // for kMetadataCorruption; then `block` is what it says of a block
  std::uint64_t given = 0;     // size or alignment that the call gave
  AccessedRange accessed;      // where the hardware trapped an access
  BlockSnapshot block;         // the block at fault: for an overflow, the one that was overrun
  BlockSnapshot neighbour;     // for an overflow: the block behind it, when its header was hit too; for a
                               // damaged header: the block before it, when that one is live and sound
  Damage damage;
  ReadValue read;

  friend bool operator==(const Fault&, const Fault&) = default;
};

/// That one of Padlock's own tables, at `address`, was overwritten.
[[nodiscard]] Fault table_fault(Table table, std::uintptr_t address, Moment moment) noexcept;

/// Receives faults as they are found. Called with the heap in a consistent state, possibly several
/// times in one operation; must not call into the heap.
class FaultSink {
 public:
  virtual void on_fault(const Fault& fault) = 0;

 protected:
  ~FaultSink() = default;
};

}  // namespace padlock::core
