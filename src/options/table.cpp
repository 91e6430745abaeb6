// The option table, expanded from options.def.
#include "options/table.h"

namespace padlock::options {
namespace {

constexpr std::string_view spelled(std::string_view literal) {
  if (literal == "false") return "0";
  return literal == "true" ? "1" : literal;
}

constexpr OptionEntry kTable[] = {
#define PADLOCK_OPTION_BOOL(name, fallback, help) \
  {#name, OptionKind::kBool, spelled(#fallback), "", help, 0, 1, &Options::name, nullptr, nullptr},
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) \
  {#name, OptionKind::kInt, #fallback, "", help, low, high, nullptr, &Options::name, nullptr},
#define PADLOCK_OPTION_TEXT(name, fallback, help) \
  {#name, OptionKind::kText, fallback, "", help, 0, 0, nullptr, nullptr, &Options::name},
#define PADLOCK_OPTION_CHOICE(name, fallback, choices, help) \
  {#name, OptionKind::kChoice, fallback, choices, help, 0, 0, nullptr, nullptr, &Options::name},
#include "options/options.def"
};

constexpr OldName kOldNames[kOldNameCount] = {
#define PADLOCK_OPTION_OLD_NAME(old_name, name) {#old_name, #name},
#include "options/options.def"
};

}  // namespace

std::span<const OptionEntry> option_table() noexcept { return kTable; }

std::span<const OldName, kOldNameCount> old_names() noexcept { return kOldNames; }

}  // namespace padlock::options
