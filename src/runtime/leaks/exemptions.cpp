// Spans of allocation numbers of one thread each: those of a thread do not overlap, but for single blocks.
#include "runtime/leaks/exemptions.h"

#include <algorithm>

namespace padlock::runtime {

constinit Exemptions exemptions;

namespace {

// How often the calling thread has excluded its own blocks.
constinit thread_local std::uint32_t depth __attribute__((tls_model("initial-exec"))) = 0;

constexpr std::uint64_t kOpen = UINT64_MAX;

}  // namespace

void Exemptions::add(const Numbers& span) noexcept {
  spans_.add(span);  // without memory a leak is reported
}

void Exemptions::exclude_own_blocks(std::uint16_t thread, std::uint64_t number) noexcept {
  if (depth++ != 0) return;
  const os::LockGuard guard(lock_);
  add({number, kOpen, thread});
}

void Exemptions::include_own_blocks(std::uint16_t thread, std::uint64_t number) noexcept {
  if (depth == 0 || --depth != 0) return;
  const os::LockGuard guard(lock_);
  for (std::size_t i = spans_.size(); i > 0; --i) {
    Numbers& span = spans_[i - 1];
    if (span.thread != thread || span.end != kOpen) continue;
    span.end = number;
    if (span.first == number) {  // nothing was allocated
      span = spans_[spans_.size() - 1];
      spans_.drop_from(spans_.size() - 1);
    }
    return;
  }
}

void Exemptions::exclude_block(std::uint16_t thread, std::uint64_t number) noexcept {
  const os::LockGuard guard(lock_);
  add({number, number + 1, thread});
}

void Exemptions::add_root(AddressRange memory) noexcept {
  const os::LockGuard guard(lock_);
  roots_.add(memory);
}

bool Exemptions::remove_root(AddressRange memory) noexcept {
  const os::LockGuard guard(lock_);
  for (AddressRange& root : roots_) {
    if (root.begin != memory.begin || root.end != memory.end) continue;
    root = roots_[roots_.size() - 1];
    roots_.drop_from(roots_.size() - 1);
    return true;
  }
  return false;
}

void Exemptions::sort() noexcept {
  std::sort(spans_.begin(), spans_.end(), [](const Numbers& a, const Numbers& b) {
    return a.thread != b.thread ? a.thread < b.thread : a.first < b.first;
  });
}

bool Exemptions::is_excluded(std::uint16_t thread, std::uint64_t number) const noexcept {
  const Numbers* span = std::partition_point(spans_.begin(), spans_.end(), [&](const Numbers& candidate) {
    return candidate.thread != thread ? candidate.thread < thread : candidate.first <= number;
  });
  // A single block's span may stand between a block and the longer span that it lies in.
  for (; span != spans_.begin() && span[-1].thread == thread; --span) {
    if (number < span[-1].end) return true;
    if (span[-1].end - span[-1].first != 1) return false;
  }
  return false;
}

}  // namespace padlock::runtime
