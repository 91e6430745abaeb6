// Text and rules lie in tables that stay for good.
#include "runtime/reporting/suppressions.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/text.h"
#include "options/suppressions.h"
#include "os/file_reader.h"
#include "os/tables.h"

// The program's, if it has them.
extern "C" const char* padlock_default_suppressions(void) __attribute__((weak));
extern "C" const char* __lsan_default_suppressions(void) __attribute__((weak));

namespace padlock::runtime {

constinit Suppressions suppressions;

namespace {

constexpr const char* kOption = "suppressions";
// The call is refused, or does what it would do with a block of the right kind.
constexpr core::FaultKind kHarmless[] = {core::FaultKind::kAllocDeallocMismatch,
                                         core::FaultKind::kDeleteSizeMismatch,
                                         core::FaultKind::kDeleteAlignmentMismatch,
                                         core::FaultKind::kInvalidSize, core::FaultKind::kInvalidAlignment};

constexpr std::size_t kMostText = std::size_t{16} << 20;

std::size_t size_of_file(const char* path) noexcept {
  os::FileReader file(path);
  std::size_t size = 0;
  while (size <= kMostText && file.next() != os::FileReader::kEnd) ++size;
  return size;
}

// Empty where there is no memory, or the file grows in the meantime.
std::string_view contents_of(const char* path, std::size_t size) noexcept {
  auto* const text = static_cast<char*>(os::map_table(size));
  if (text == nullptr) return {};
  os::FileReader file(path);
  std::size_t length = 0;
  for (int c = file.next(); c != os::FileReader::kEnd && length < size; c = file.next())
    text[length++] = static_cast<char>(c);
  return {text, length};
}

bool matches(std::string_view pattern, const report::Frame& frame) noexcept {
  const auto any = [pattern](const char* text) {
    return options::matches_pattern(pattern, report::Frame::text_of(text));
  };
  return any(frame.function) || any(frame.file) || any(frame.module);
}

}  // namespace

class Suppressions::Rules final : public options::SuppressionRules {
 public:
  Rules(Suppressions& all, const char* source) noexcept : all_(all), source_(source) {}

  void on_rule(const options::SuppressionRule& rule) override { all_.add(rule.kind, rule.pattern); }
  void on_error(std::string_view message) override {
    char buffer[1024];
    TextWriter line(buffer);
    line.append(source_).append(": ").append(message);
    all_.warn_(kOption, line.view());
  }

 private:
  Suppressions& all_;
  const char* source_;
};

void Suppressions::load(const char* path, Warn warn) noexcept {
  warn_ = warn;
  if (*path != '\0') {
    const std::size_t size = size_of_file(path);
    if (size == 0 || size > kMostText) {
      char buffer[600];
      TextWriter line(buffer);
      line.append(path).append(size == 0 ? ": cannot be read, or is empty" : ": is too long");
      warn(kOption, line.view());
    } else {
      parse(contents_of(path, size), path);
    }
  }
  if (padlock_default_suppressions != nullptr)
    parse(padlock_default_suppressions(), "padlock_default_suppressions()");
  if (__lsan_default_suppressions != nullptr)
    parse(__lsan_default_suppressions(), "__lsan_default_suppressions()");
}

void Suppressions::parse(std::string_view text, const char* source) noexcept {
  Rules rules(*this, source);
  options::parse_suppressions(text, rules);
}

void Suppressions::add(std::string_view kind, std::string_view pattern) noexcept {
  if (count_ == capacity_) {
    const std::size_t wanted = std::max<std::size_t>(64, 2 * capacity_);
    auto* const grown = static_cast<Suppression*>(os::map_table(wanted * sizeof(Suppression)));
    if (grown == nullptr) return warn_(kOption, "the system has no memory for more rules");
    for (std::size_t i = 0; i < count_; ++i) new (grown + i) Suppression{rules_[i].kind, rules_[i].pattern};
    if (rules_ != nullptr) os::unmap_table(rules_, capacity_ * sizeof(Suppression));
    rules_ = grown;
    capacity_ = wanted;
  }
  new (rules_ + count_++) Suppression{kind, pattern};
}

bool Suppressions::has(std::string_view kind) const noexcept {
  return std::any_of(rules_, rules_ + count_, [kind](const Suppression& rule) { return rule.kind == kind; });
}

Suppression* Suppressions::find(std::string_view kind, const report::Stack& stack) noexcept {
  Suppression* const found = std::find_if(rules_, rules_ + count_, [&](const Suppression& rule) {
    return rule.kind == kind && std::any_of(stack.begin(), stack.end(), [&](const report::Frame& frame) {
             return matches(rule.pattern, frame);
           });
  });
  return found == rules_ + count_ ? nullptr : found;
}

Suppression* Suppressions::find(const report::Report& report) noexcept {
  const std::string_view kind = core::to_string(report.fault.kind);
  for (const report::Stack* stack :
       {&report.detected, &report.allocated, &report.freed, &report.neighbour_allocated}) {
    if (Suppression* const found = find(kind, *stack); found != nullptr) return found;
  }
  return nullptr;
}

void Suppressions::forget_counts() noexcept {
  for (Suppression* rule = rules_; rule != rules_ + count_; ++rule) {
    rule->count.store(0, std::memory_order_relaxed);
    rule->bytes.store(0, std::memory_order_relaxed);
  }
}

bool leaves_heap_intact(const core::Fault& fault) noexcept {
  if (fault.damage.present() || fault.read.present()) return false;
  if (fault.accessed.present()) return fault.accessed.access == core::Access::kRead;
  return std::ranges::find(kHarmless, fault.kind) != std::ranges::end(kHarmless);
}

}  // namespace padlock::runtime
