// Reads words of a stack that may hold anything.
#pragma once

#include <cstdint>

#include "os/memory.h"
#include "os/thread.h"

namespace padlock::trace {

/// Above the stack pointer the thread's own stack is always mapped: those reads cost nothing more. Whatever
/// else a rule points to (an alternate signal stack, a fiber's stack, garbage) is asked of the kernel first,
/// a system call a page, so that a walk ends at garbage and never traps on it.
class StackReader {
 public:
  static constexpr std::uintptr_t kPage = 4096;

  StackReader(std::uintptr_t sp, AddressRange stack) noexcept
      : stack_(stack), begin_(sp), size_(stack.contains(sp) ? stack.end - sp : 0) {}

  [[nodiscard]] bool is_own(std::uintptr_t address) const noexcept {
    return size_ >= sizeof(std::uintptr_t) && address - begin_ <= size_ - sizeof(std::uintptr_t);
  }

  __attribute__((no_sanitize("address", "alignment"))) bool read(std::uintptr_t address,
                                                                 std::uintptr_t& value) noexcept {
    if (!is_own(address) && !is_safe(address)) return false;
    value = *reinterpret_cast<const std::uintptr_t*>(address);
    return true;
  }

  /// The walk goes on at `sp`, which the stack said: a handler on an alternate stack interrupted the thread's
  /// own. Where a page of that is mapped, so is all above it.
  void go_to(std::uintptr_t sp) noexcept {
    if (is_own(sp) || !stack_.contains(sp) || !is_safe(sp)) return;
    begin_ = sp;
    size_ = stack_.end - sp;
  }

 private:
  bool is_safe(std::uintptr_t address) noexcept {
    if (address % sizeof(std::uintptr_t) != 0) return false;
    if (address / kPage == safe_page_) return true;
    if (!os::is_readable(address, sizeof(std::uintptr_t))) return false;
    safe_page_ = address / kPage;
    return true;
  }

  AddressRange stack_;
  std::uintptr_t begin_;
  std::uintptr_t size_;
  std::uintptr_t safe_page_ = ~std::uintptr_t{0};  // no page has this number
};

}  // namespace padlock::trace
