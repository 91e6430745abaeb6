// A mark that the kernel takes off in the child of any fork: also of a raw clone(2), a _Fork or a fork of
// which libc's fork handlers hear nothing. A child that shares the parent's memory (vfork, CLONE_VM) keeps
// it.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::os {

/// Thread-safe, async-signal-safe. Never gone before set_up(), and where the kernel can't take it off (before
/// Linux 4.14).
class ForkMark {
 public:
  constexpr ForkMark() noexcept = default;

  /// Once. The mark has a page of its own.
  void set_up() noexcept;
  /// The process is a child that has not called renew() yet. A look at memory.
  [[nodiscard]] bool is_gone() const noexcept {
    return __atomic_load_n(&word_, __ATOMIC_ACQUIRE)->load(std::memory_order_acquire) != kSet;
  }
  /// Where it is gone: true for one caller, which then calls renew(); others return false when it has. One
  /// that was overwritten is renewed.
  [[nodiscard]] bool claim() noexcept;
  void renew() noexcept { word_->store(kSet, std::memory_order_release); }

 private:
  // No small change makes one another.
  static constexpr std::uint32_t kGone = 0;  // as the kernel leaves it
  static constexpr std::uint32_t kClaimed = 0x62C35A1E;
  static constexpr std::uint32_t kSet = 0x9D3CA5E1;

  std::atomic<std::uint32_t> always_set_{kSet};
  std::atomic<std::uint32_t>* word_ = &always_set_;
};

extern constinit ForkMark fork_mark;

}  // namespace padlock::os
