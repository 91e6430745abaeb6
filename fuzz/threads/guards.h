// What is known of guarded blocks: which allocations get one, where in its pages it lies, what is closed, and
// for how long. Their sizes, contents and wounds are in holdings.h, as of any other block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "base/range.h"
#include "core/fault.h"
#include "threads/holdings.h"

namespace padlock::fuzz {

/// A guarded block after its free.
struct Closed {
  unsigned char* memory = nullptr;
  std::size_t size = 0;
  AddressRange pages;
  std::size_t slot = 0;            // bytes of the slot that it lies in
  std::uint64_t freed_before = 0;  // blocks in slots of the same size, at most, by its script
};

/// How a block was allocated.
struct Given {
  bool long_way = false;  // every guard that is due is noticed there
  std::size_t from = 0;   // of its contents, bytes that a realloc has brought
  std::size_t alignment = 0;
};

/// While no step is made, but for the functions that say otherwise. Guards are off until set_up(), and after
/// the script.
class Guards {
 public:
  Guards();
  ~Guards();
  Guards(const Guards&) = delete;
  Guards& operator=(const Guards&) = delete;

  /// Which blocks are guarded from now on, by bits: off, per site, all, all within little memory; whether
  /// they end at a page's last byte.
  void set_up(std::uint8_t choice);
  [[nodiscard]] bool are_on() const noexcept { return mode_ != Mode::kOff; }

  /// A block that was just handed out: whether it is guarded, and then everything that it alone shows. For
  /// any thread, also while others make steps.
  void look_at(Held& held, const Given& given) const;
  /// The same block: whether it had to be guarded, on which side, and in place of which closed one.
  void note_given(const Held& held, const Given& given);
  void note_closed(const Held& held);
  /// The same of all that threads were given and have freed at once. `live`: what they have now.
  void note_together(const std::vector<Held>& given, const std::vector<Held>& freed, const Holdings& live);

  /// Closed for certain; null: none is.
  [[nodiscard]] const Closed* closed(std::size_t index) const;
  /// All that is closed for certain is inaccessible, and known as freed.
  void verify_closed() const;
  /// What a trap at `address`, where nothing is accessible, would be reported as.
  static void require_trap(std::uintptr_t address, core::Access access, core::FaultKind kind,
                           const void* block);

 private:
  enum class Mode : std::uint8_t { kOff, kPerSite, kAll };

  [[nodiscard]] bool is_exact(const Given& given) const noexcept { return exact_ && given.alignment <= 16; }
  static void look_at_edges(const Held& held);
  void require_due(const Held& held, const Given& given) const;
  [[nodiscard]] bool is_known(std::uint32_t site) const;
  void count(const Held& held, const Given& given);
  void take_closed(AddressRange pages);
  [[nodiscard]] bool surely(const Closed& closed) const;
  void verify_closed(const Closed& closed) const;

  Mode mode_ = Mode::kOff;
  bool exact_ = false;
  std::size_t budget_ = 0;
  std::size_t open_ = 0;                        // bytes of pages
  std::map<std::uint32_t, unsigned> sites_;     // guarded blocks of each
  std::set<std::uint32_t> unsure_;              // sites of which there may have been more
  std::deque<Closed> closed_;                   // oldest first
  std::map<std::size_t, std::uint64_t> frees_;  // by bytes of a slot
};

/// The pages that are open for a block.
AddressRange pages_of(const unsigned char* memory, std::size_t size) noexcept;

}  // namespace padlock::fuzz
