// Plain accesses of two threads to the same byte that nothing orders: by what the atomic accesses of the run
// order, in the memory model of C++20 (release, acquire, fences, release sequences). So a run need not come
// out wrong to be wrong, and a memory order that is too weak is seen on a processor that would not mind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "threads/script.h"

namespace padlock::fuzz {

enum class AtomicAccess : std::uint8_t { kLoad, kStore, kExchange };

/// Knows nothing of what was before begin(), which all threads have seen. Used by one thread at a time.
class Races {
 public:
  void begin();

  /// `order`: as in <atomic>.
  void atomic_access(std::size_t thread, std::uintptr_t address, AtomicAccess access, int order) noexcept;
  void fence(std::size_t thread, int order) noexcept;
  /// Aborts if it is a race. `code`: where, for the message.
  void plain_access(std::size_t thread, std::uintptr_t address, std::size_t size, bool writes,
                    std::uintptr_t code) noexcept;
  /// The memory is new, whatever was there.
  void forget(std::uintptr_t address, std::size_t size) noexcept;

 private:
  using Time = std::uint32_t;
  /// Of each thread, up to when its accesses have been seen.
  using Clock = std::array<Time, kThreads>;

  struct Variable {
    std::uintptr_t address;
    Clock released;
  };
  /// Who has accessed a word of 8 bytes, and in it which bytes.
  struct Access {
    Time time;
    std::uint32_t code;
    std::uint8_t bytes;
    bool writes;
  };
  static constexpr std::size_t kKept = 2;  // of each thread, the latest that differ
  struct Word {
    std::uintptr_t address;
    std::array<std::array<Access, kKept>, kThreads> by;
  };
  /// In the order of first use, found by a hash of the address: what a run touches lies on few pages.
  template <typename Slot, std::size_t kMost>
  struct Table {
    static constexpr std::size_t kPlaces = 2 * (kMost + 1);

    std::size_t used;
    std::array<std::uint16_t, kPlaces> places;  // 0: none, otherwise 1 more than the number of a slot
    std::array<Slot, kMost> slots;

    /// A new one is zeroed but for its address. Fails where the table is full.
    Slot& find(std::uintptr_t address) noexcept;
    [[nodiscard]] bool is_full() const noexcept { return used == kMost; }
    void clear() noexcept {
      used = 0;
      places = {};
    }
  };
  struct Tables {
    Table<Variable, 0x1FFF> variables;
    Table<Word, 0xFFFF> words;  // where they are more, all are forgotten
  };

  static void join(Clock& clock, const Clock& other) noexcept;
  void access_word(std::size_t thread, std::uintptr_t word, std::uint8_t bytes, bool writes,
                   std::uint32_t code) noexcept;

  std::array<Clock, kThreads> now_{};
  std::array<Clock, kThreads> to_acquire_{};  // what loads have seen that did not acquire
  std::array<Clock, kThreads> fenced_{};      // at the last release fence
  Tables* tables_ = nullptr;
};

extern Races races;

}  // namespace padlock::fuzz
