// A stack is hashed when it is met first, and whenever another one has taken its place.
#include "runtime/pinpoint/watched_site.h"

#include "runtime/pinpoint/call_site.h"

namespace padlock::runtime {

constinit WatchedSite watched_site;

namespace {

// Cuts digits and the colon behind them off. (std::from_chars would be one of the library's own symbols.)
bool take_number(std::string_view& text, unsigned base, std::uint64_t& number) noexcept {
  const std::size_t digits = text.find(':');
  if (digits == 0 || digits == std::string_view::npos) return false;
  number = 0;
  for (const char digit : text.substr(0, digits)) {
    const std::size_t value = std::string_view("0123456789abcdef").find(digit);
    if (value >= base || number > (UINT64_MAX - value) / base) return false;
    number = number * base + value;
  }
  text.remove_prefix(digits + 1);
  return true;
}

}  // namespace

bool WatchedSite::set_up(std::string_view text) noexcept {
  std::uint64_t site = 0;
  if (!take_number(text, 16, site) || !take_number(text, 10, ordinal_)) return false;
  if (text != "front" && text != "back") return false;
  side_ = text == "front" ? GuardedSide::kFront : GuardedSide::kBack;
  site_ = site;
  return is_on();
}

bool WatchedSite::is_of_site(trace::TraceId trace) noexcept {
  if (trace == 0) return false;
  std::atomic<std::uint64_t>& entry = known_[trace % kKnown];  // id and answer
  const std::uint64_t known = entry.load(std::memory_order_relaxed);
  if (known >> 1 == trace) return (known & 1) != 0;
  const bool watched = call_site_of(trace) == site_;
  entry.store(std::uint64_t{trace} << 1 | std::uint64_t{watched}, std::memory_order_relaxed);
  return watched;
}

void WatchedSite::count(const core::Caller& by) noexcept {
  if (!is_of_site(by.trace)) return;
  if (counted_.fetch_add(1, std::memory_order_relaxed) + 1 == ordinal_)
    number_.store(by.number, std::memory_order_relaxed);
}

bool WatchedSite::takes(const core::Caller& by) noexcept {
  if (ordinal_ != 0) return by.number == number_.load(std::memory_order_relaxed);
  return is_of_site(by.trace);
}

}  // namespace padlock::runtime
