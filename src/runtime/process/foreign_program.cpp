// Copies an environment, leaving Padlock out of LD_PRELOAD.
#include "runtime/process/foreign_program.h"

#include <string_view>

#include "base/text.h"

namespace padlock::runtime {
namespace {

constexpr std::string_view kName = "LD_PRELOAD=";
constexpr std::string_view kSeparators = ": ";

bool is_padlock(std::string_view entry) noexcept {
  return entry.find("libpadlock") != std::string_view::npos;
}

}  // namespace

EnvironmentWithoutPadlock::EnvironmentWithoutPadlock(char* const* original) noexcept : result_(original) {
  if (original == nullptr) return;
  std::size_t count = 0;
  bool found = false;
  for (; *original != nullptr && count < kMostVariables; ++original) {
    const std::string_view variable(*original);
    if (!variable.starts_with(kName) || !is_padlock(variable)) {
      variables_[count++] = *original;
      continue;
    }
    if (!write_preload(variable.substr(kName.size()))) return;
    found = true;
    if (preload_[kName.size()] != '\0') variables_[count++] = preload_;
  }
  if (*original != nullptr || !found) return;
  variables_[count] = nullptr;
  result_ = variables_;
}

bool EnvironmentWithoutPadlock::write_preload(std::string_view entries) noexcept {
  TextWriter text(preload_);
  text.append(kName);
  bool first = true;
  while (!entries.empty()) {
    const std::string_view entry = entries.substr(0, entries.find_first_of(kSeparators));
    entries.remove_prefix(entry.size() < entries.size() ? entry.size() + 1 : entry.size());
    if (entry.empty() || is_padlock(entry)) continue;
    text.append(first ? "" : ":").append(entry);
    first = false;
  }
  text.c_str();
  return !text.truncated();
}

}  // namespace padlock::runtime
