// Who the threads were: blocks name their threads by a 16-bit index, reports want a thread id and a name.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "os/lock.h"
#include "os/thread.h"

namespace padlock::runtime {

struct ThreadInfo {
  std::int32_t system_id = 0;
  bool alive = false;
  char name[16] = {};  // as it was when the thread ended
};

/// Thread-safe.
class ThreadRegistry {
 public:
  constexpr ThreadRegistry() noexcept = default;

  /// An index for the calling thread, from 1 in order of first use. When all are taken, those of ended
  /// threads are given again; 0 if there is none.
  std::uint16_t enter() noexcept;
  void set_stack(std::uint16_t index, AddressRange stack) noexcept;
  /// The calling thread ends.
  void leave(std::uint16_t index) noexcept;
  /// In a forked child: none of the threads lives on as what it was. The caller, if it is known, goes on
  /// under the index that is returned, so that what this process does can be distinguished from what it
  /// inherited; 0: it is not known, or there is none.
  std::uint16_t only_survivor(std::uint16_t index, AddressRange stack) noexcept;
  /// Threads of this process have this index or a greater one; 0: or any.
  [[nodiscard]] std::uint16_t first_own() const noexcept {
    return static_cast<std::uint16_t>(first_own_.load(std::memory_order_relaxed));
  }

  /// What is known of a thread (its name as of now while it lives). Takes no lock.
  [[nodiscard]] ThreadInfo describe(std::uint16_t index) const noexcept;
  /// The stack of a living thread that `address` lies in; empty if there is none. Takes no lock.
  [[nodiscard]] AddressRange stack_at(std::uintptr_t address) const noexcept;

  /// The stack of the living thread with this system id; empty if it is not known. Takes no lock.
  [[nodiscard]] AddressRange stack_of(std::int32_t system_id) const noexcept;

  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  template <typename Visit>
  void for_each_living(Visit visit) const noexcept;
  static constexpr std::size_t kCapacity = std::size_t{1} << 16;
  static constexpr std::size_t kNameWords = sizeof ThreadInfo::name / sizeof(std::uint64_t);

  // Written under the lock or by its own thread, read by reports at any time: what is read may be mixed from
  // before and after a change, but never torn.
  struct Record {
    std::atomic<std::int32_t> system_id{0};
    std::atomic<bool> alive{false};
    std::atomic<std::uint64_t> name[kNameWords] = {};
    std::atomic<std::uintptr_t> stack_begin{0};
    std::atomic<std::uintptr_t> stack_end{0};
  };

  static void keep_name(Record& thread, const char (&name)[sizeof ThreadInfo::name]) noexcept;
  std::uint16_t enter_locked() noexcept PADLOCK_REQUIRES(lock_);
  void bury_parents() noexcept PADLOCK_REQUIRES(lock_);

  os::Lock lock_;
  std::size_t last_ PADLOCK_GUARDED_BY(lock_) = 0;
  std::atomic<std::uint32_t> first_own_{0};
  Record threads_[kCapacity] = {};  // touched as needed
};

extern constinit ThreadRegistry thread_registry;

}  // namespace padlock::runtime
