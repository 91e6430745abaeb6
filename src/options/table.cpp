// The option table, expanded from options.def.
#include "options/table.h"

namespace padlock::options {
namespace {

consteval std::string_view spelled(std::string_view literal) {
  if (literal == "false") return "0";
  return literal == "true" ? "1" : literal;
}

// The word at `index` of "a|b|c".
consteval std::string_view word_at(std::string_view choices, std::size_t index) {
  for (; index > 0; --index) choices.remove_prefix(choices.find('|') + 1);
  return choices.substr(0, choices.find('|'));
}

consteval std::size_t count_words(std::string_view choices) {
  std::size_t count = 1;
  for (const char character : choices) count += character == '|' ? 1 : 0;
  return count;
}

// Each choice has as many words as enumerators.
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) \
  static_assert([] {                                                    \
    using enum type;                                                    \
    constexpr type kAll[] = {__VA_ARGS__};                              \
    return sizeof kAll / sizeof *kAll == count_words(choices);          \
  }());
#include "options/options.def"

constexpr OptionEntry kTable[] = {
#define PADLOCK_OPTION_BOOL(id, value, text) \
  {.name = #id, .fallback = spelled(#value), .help = (text), .high = 1, .as_bool = &Options::id},
#define PADLOCK_OPTION_INT(id, value, lowest, highest, text) \
  {.name = #id,                                              \
   .kind = OptionKind::kInt,                                 \
   .fallback = #value,                                       \
   .help = (text),                                           \
   .low = (lowest),                                          \
   .high = (highest),                                        \
   .as_int = [](Options& options) -> std::int64_t& { return options.id; }},
#define PADLOCK_OPTION_SIZE(id, unit, value, lowest, highest, text) \
  {.name = #id,                                                     \
   .kind = OptionKind::kInt,                                        \
   .fallback = #value,                                              \
   .help = (text),                                                  \
   .low = (lowest),                                                 \
   .high = (highest),                                               \
   .as_int = [](Options& options) -> std::int64_t& { return options.id.count; }},
#define PADLOCK_OPTION_TEXT(id, value, text) \
  {.name = #id, .kind = OptionKind::kText, .fallback = (value), .help = (text), .as_text = &Options::id},
#define PADLOCK_OPTION_CHOICE(id, type, value, words, text, ...)      \
  {.name = #id,                                                       \
   .kind = OptionKind::kChoice,                                       \
   .fallback = word_at(words, static_cast<std::size_t>(type::value)), \
   .choices = (words),                                                \
   .help = (text),                                                    \
   .choose = [](Options& options, std::size_t index) { options.id = static_cast<type>(index); }},
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
