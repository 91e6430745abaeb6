// What one run of a script leaves behind for the explorer, in memory that both processes share: each moment
// at which another thread could have gone on, and which threads met at which word.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace padlock::fuzz {

enum class Moment : std::uint8_t {
  kAccess,  // before an atomic access: another thread can go on instead, which is a preemption
  kChoice,  // the thread waits, gives way or is done: which one goes on
};

struct Event {
  std::uintptr_t address = 0;
  Moment moment = Moment::kAccess;
  std::uint8_t thread = 0;
  std::uint8_t others = 0;  // which could have gone on instead, a bit for each, and kBySignal
};
/// In the place of a thread: a signal comes to the one that runs.
inline constexpr std::uint8_t kBySignal = 4;
inline constexpr std::uint8_t kChoices = 5;

/// A word that threads access: by which, and which of them write to it.
struct Word {
  std::uintptr_t address = 0;
  std::uint8_t users = 0;
  std::uint8_t writers = 0;
};

/// Zeroed memory is an empty one. Written by one thread at a time.
struct RunLog {
  static constexpr std::size_t kMostEvents = std::size_t{1} << 16;
  static constexpr std::size_t kMostWords = std::size_t{1} << 14;

  std::size_t size;  // events; more than kMostEvents: the rest is not here
  std::size_t used;  // of the deviations that were asked for
  std::size_t stops_left_out;
  std::array<Event, kMostEvents> events;
  std::array<Word, kMostWords> words;  // of all runs, by their hash

  /// Where the address is, or would be; null: the table is full.
  Word* find(std::uintptr_t address) noexcept {
    for (std::size_t i = 0, at = address * 0x9E3779B97F4A7C15U >> 50U; i < kMostWords; ++i) {
      Word& word = words[(at + i) % kMostWords];
      if (word.address == address || word.address == 0) return &word;
    }
    return nullptr;
  }
  void note_use(std::uintptr_t address, unsigned thread, bool writes) noexcept {
    Word* const word = find(address);
    if (word == nullptr) return;
    word->address = address;
    word->users = static_cast<std::uint8_t>(word->users | 1U << thread);
    if (writes) word->writers = static_cast<std::uint8_t>(word->writers | 1U << thread);
  }
  /// Threads can see from an access to it in which order they came.
  bool is_shared(std::uintptr_t address) noexcept {
    const Word* const word = find(address);
    if (word == nullptr) return true;
    return word->writers != 0 && (word->users & (word->users - 1)) != 0;
  }
};

}  // namespace padlock::fuzz
