// What the program holds: blocks with known contents, wounds that were made to them, and what was freed
// lately. The model of the process-wide allocator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/range.h"
#include "core/fault.h"
#include "threads/script.h"

namespace padlock::fuzz {

/// A fault as the callback gets it.
struct Told {
  std::string kind;
  const void* block = nullptr;
  std::int64_t offset = 0;
  std::uint64_t length = 0;
  bool or_of_part = false;      // expected of the block, or of one that has been cut from its memory since
  std::uintptr_t accessed = 0;  // by a call of libc's: the first byte that is wrong

  [[nodiscard]] std::uintptr_t address() const noexcept;
  /// What was reported is what is expected.
  [[nodiscard]] bool is(const Told& expected) const noexcept;
};

enum class Wound : std::uint8_t { kNone, kOverflow, kUnderflow };

struct Held {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  core::Origin origin = core::Origin::kMalloc;
  std::uint8_t seed = 0;
  Wound wound = Wound::kNone;
  std::uint64_t wound_length = 0;
  std::uint64_t wound_gap = 0;  // bytes between the block and the wound
  bool told = false;            // the wound has been reported
  bool guarded = false;
  std::uint32_t site = 0;  // the stack that allocated it

  [[nodiscard]] bool present() const noexcept { return memory != nullptr; }
  /// Nothing lies in front of a guarded block but padding.
  [[nodiscard]] bool lost_header() const noexcept { return wound == Wound::kUnderflow && !guarded; }
  /// The fault that the wound is.
  [[nodiscard]] Told wound_told() const;
  /// Contents that depend on the seed; large ones are looked at only at both ends.
  void fill(std::uint8_t with);
  void verify() const;
  /// The first bytes only, at most so many.
  void verify_begin(std::size_t length) const;
};

/// Freed, and surely in quarantine still.
struct Freed {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
  bool written = false;
};

class Holdings {
 public:
  [[nodiscard]] Held& at(std::size_t place) noexcept { return held_[place]; }
  void verify() const;
  /// A block that was just handed out overlaps no other.
  void verify_apart(std::size_t place) const;

  [[nodiscard]] std::size_t live_blocks() const noexcept;
  [[nodiscard]] std::uint64_t live_bytes() const noexcept;
  [[nodiscard]] std::size_t wounds() const noexcept;
  /// Bytes of pages that guarded blocks have.
  [[nodiscard]] std::size_t guarded_bytes() const noexcept;
  /// Whether a block lies on one of the pages.
  [[nodiscard]] bool holds_any(AddressRange pages) const noexcept;
  /// What the next check has to report: wounds that have not been reported yet. They count as reported from
  /// now on.
  [[nodiscard]] std::vector<Told> tell_wounds();

  void note_freed(const Freed& freed);
  /// The memory of `held` is in use again.
  void forget_freed(const Held& held);
  void forget_freed() noexcept { freed_.clear(); }
  [[nodiscard]] Freed* freed(std::size_t index) noexcept;

 private:
  static constexpr std::size_t kLately = 8;               // frees
  static constexpr std::size_t kLatelyBytes = 64 * 1024;  // of small blocks, all in all

  std::array<Held, kHeld> held_;
  std::deque<Freed> freed_;  // oldest first
};

}  // namespace padlock::fuzz
