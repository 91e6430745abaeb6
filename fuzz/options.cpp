// Any option string: what is accepted has values in range, what is refused is reported and changes nothing,
// and what was understood means the same when it is written out and parsed again.
#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "model/require.h"
#include "options/options.h"
#include "support/operations.h"

namespace {

using padlock::fuzz::Operations;
using padlock::fuzz::require;
using padlock::options::Options;
using padlock::options::Text;

class Errors final : public padlock::options::OptionErrors {
 public:
  void on_error(std::string_view message) override {
    require_harmless(message);
    ++count;
  }
  void on_note(std::string_view message) override {
    require_harmless(message);
    ++old_names;
  }
  std::size_t count = 0;
  std::size_t old_names = 0;

 private:
  static void require_harmless(std::string_view message) {
    require(!message.empty() && message.size() < 4096, "a message says something");
    for (const char character : message) {
      const auto byte = static_cast<unsigned char>(character);
      require(byte >= 0x20 && byte != 0x7F, "a message cannot drive a terminal", {{"byte", byte}});
    }
  }
};

bool same(const Text& a, const Text& b) { return std::strcmp(a.value, b.value) == 0; }
template <typename T>
bool same(T a, T b) {
  return a == b;
}

bool same_options(const Options& a, const Options& b) {
  bool equal = true;
#define PADLOCK_OPTION_BOOL(name, fallback, help) equal = equal && same(a.name, b.name);
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) equal = equal && same(a.name, b.name);
#define PADLOCK_OPTION_TEXT(name, fallback, help) equal = equal && same(a.name, b.name);
#define PADLOCK_OPTION_SIZE(name, unit, fallback, low, high, help) equal = equal && same(a.name, b.name);
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) equal = equal && same(a.name, b.name);
#include "options/options.def"
  return equal;
}

void require_range(std::int64_t value, std::int64_t low, std::int64_t high) {
  require(value >= low && value <= high, "a number is in its range",
          {{"value", static_cast<std::uint64_t>(value)}});
}

void require_choice(std::size_t index, std::string_view choices) {
  const auto bars = static_cast<std::size_t>(std::ranges::count(choices, '|'));
  require(index <= bars, "a choice is one of the choices", {{"index", index}});
}

std::string word_at(std::string_view choices, std::size_t index) {
  for (; index > 0; --index) choices.remove_prefix(choices.find('|') + 1);
  return std::string(choices.substr(0, choices.find('|')));
}

void require_valid(const Options& options) {
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) require_range(options.name, low, high);
#define PADLOCK_OPTION_TEXT(name, fallback, help) \
  require(std::memchr(options.name.value, 0, sizeof options.name.value) != nullptr, "a text ends");
#define PADLOCK_OPTION_SIZE(name, unit, fallback, low, high, help) \
  require_range(options.name.count, low, high);
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) \
  require_choice(static_cast<std::size_t>(options.name), choices);
#include "options/options.def"
}

void append(std::string& out, const char* name, const std::string& value) {
  out += std::string(name) + "=" + value + ":";
}

// A value in the quotes that it does not hold itself; empty if it holds both.
std::string quoted(const Text& text) {
  const std::string value = text.value;
  if (value.find('\'') == std::string::npos) return "'" + value + "'";
  return value.find('"') == std::string::npos ? "\"" + value + "\"" : "";
}

std::string written(const Options& options) {
  std::string out;
#define PADLOCK_OPTION_BOOL(name, fallback, help) append(out, #name, options.name ? "1" : "0");
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) append(out, #name, std::to_string(options.name));
#define PADLOCK_OPTION_TEXT(name, fallback, help) \
  if (!quoted(options.name).empty()) append(out, #name, quoted(options.name));
#define PADLOCK_OPTION_SIZE(name, unit, fallback, low, high, help) \
  append(out, #name, std::to_string(options.name.count));
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) \
  append(out, #name, word_at(choices, static_cast<std::size_t>(options.name)));
#include "options/options.def"
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Options options;
  Errors errors;
  Operations::add(3);
  const bool accepted = parse(text, options, errors);
  require(accepted == (errors.count == 0), "what is refused is reported", {{"errors", errors.count}});
  require_valid(options);

  Options again = options;
  static_cast<void>(parse(text, again, errors));
  require(same_options(options, again), "the same string means the same");

  Options rewritten;
  Errors none;
  require(parse(written(options), rewritten, none), "what was understood can be written out");
  require(none.old_names == 0, "nothing is written under an old name");
#define PADLOCK_OPTION_TEXT(name, fallback, help) \
  if (quoted(options.name).empty()) rewritten.name = options.name;
#include "options/options.def"
  require(same_options(options, rewritten), "written out it means the same");
  return 0;
}
