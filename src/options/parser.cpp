// Option strings: what is refused and in which words.
#include <algorithm>
#include <bitset>
#include <optional>

#include "base/text.h"
#include "options/options.h"
#include "options/other_names.h"
#include "options/suggest.h"
#include "options/table.h"
#include "options/tokenizer.h"
#include "options/value.h"

namespace padlock::options {
namespace {

constexpr std::size_t kQuotedLength = 64;  // of the user's text in a message

// One error message, built in place.
class Message {
 public:
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  Message& say(std::string_view text) {
    writer_.append(text);
    return *this;
  }
  Message& harmless(std::string_view text) {
    writer_.printable(text);
    return *this;
  }
  Message& number(std::int64_t value) {
    writer_.signed_decimal(value);
    return *this;
  }
  Message& quote(std::string_view text) {
    writer_.append('\'').printable(text.substr(0, kQuotedLength));
    if (text.size() > kQuotedLength) writer_.append("...");
    writer_.append('\'');
    return *this;
  }
  [[nodiscard]] std::string_view view() const { return writer_.view(); }

 private:
  char buffer_[512];
  TextWriter writer_{buffer_};
};

std::string_view reason(TokenError error) {
  switch (error) {
    case TokenError::kMissingEquals:
      return "has no '=': write name=value";
    case TokenError::kMissingName:
      return "has no name before the '='";
    case TokenError::kUnclosedQuote:
      return "has a quote that is never closed";
    case TokenError::kTextAfterQuote:
    case TokenError::kNone:
      break;
  }
  return "has text after the closing quote";
}

void refuse_value(const OptionEntry& entry, std::string_view value, Message& message) {
  message.say("option ").quote(entry.name).say(": ").quote(value).say(" is not ");
}

bool set_bool(const OptionEntry& entry, std::string_view value, Options& options, Message& message) {
  const auto parsed = parse_bool(value);
  if (parsed) {
    options.*entry.as_bool = *parsed;
    return true;
  }
  refuse_value(entry, value, message);
  message.say("one of 0, 1, false, true, no, yes, off, on");
  return false;
}

bool set_int(const OptionEntry& entry, std::string_view value, Options& options, Message& message) {
  const auto parsed = parse_int(value);
  if (parsed && *parsed >= entry.low && *parsed <= entry.high) {
    entry.as_int(options) = *parsed;
    return true;
  }
  refuse_value(entry, value, message);
  message.say("a whole number from ").number(entry.low).say(" to ").number(entry.high);
  return false;
}

bool set_text(const OptionEntry& entry, std::string_view value, Options& options, Message& message) {
  Text& text = options.*entry.as_text;
  if (value.size() >= sizeof text.value || value.find('\0') != std::string_view::npos) {
    message.say("option ").quote(entry.name).say(": the text is longer than ");
    message.number(sizeof text.value - 1).say(" bytes or holds a NUL");
    return false;
  }
  std::fill(std::begin(text.value), std::end(text.value), '\0');
  std::copy(value.begin(), value.end(), text.value);
  return true;
}

bool set_choice(const OptionEntry& entry, std::string_view value, Options& options, Message& message) {
  const auto index = find_choice(entry.choices, value);
  if (index) {
    entry.choose(options, *index);
    return true;
  }
  refuse_value(entry, value, message);
  message.say("one of ").say(entry.choices);
  return false;
}

bool set(const OptionEntry& entry, std::string_view value, Options& options, Message& message) {
  switch (entry.kind) {
    case OptionKind::kBool:
      return set_bool(entry, value, options, message);
    case OptionKind::kInt:
      return set_int(entry, value, options, message);
    case OptionKind::kChoice:
      return set_choice(entry, value, options, message);
    case OptionKind::kText:
      return set_text(entry, value, options, message);
  }
  return false;
}

// Takes old names for new ones and reports each of them once.
class Renamed {
 public:
  explicit Renamed(OptionErrors& errors) : errors_(errors) {}

  std::string_view current_name(std::string_view name) {
    const auto names = old_names();
    const auto found = std::ranges::find(names, name, &OldName::old_name);
    if (found == names.end()) return name;
    const auto place = static_cast<std::size_t>(found - names.begin());
    if (!reported_.test(place)) {
      reported_.set(place);
      Message message;
      message.say("option ").quote(name).say(" is now called ").quote(found->name);
      errors_.on_note(message.view());
    }
    return found->name;
  }

 private:
  OptionErrors& errors_;
  std::bitset<kOldNameCount> reported_;
};

// Reports each flag that changes nothing once.
class Ignored {
 public:
  explicit Ignored(OptionErrors& errors) : errors_(errors) {}

  bool takes(std::string_view name) {
    const Unused* const found = find_unused(name);
    if (found == nullptr) return false;
    const auto place = static_cast<std::size_t>(found - unused_names().data());
    if (!reported_.test(place)) {
      reported_.set(place);
      Message message;
      message.say("option ").quote(name).say(" changes nothing here: ").say(found->reason);
      errors_.on_note(message.view());
    }
    return true;
  }

 private:
  static constexpr std::size_t kMost = 256;  // names; a test counts them
  OptionErrors& errors_;
  std::bitset<kMost> reported_;
};

// A sanitizer's spelling of a value, as the option takes it.
class Translated {
 public:
  Translated(const Synonym& synonym, std::string_view value) : value_(value) {
    const auto number = parse_int(value);
    if (synonym.times != 1 && number) multiply(*number, synonym.times);
    for (std::string_view rest = synonym.values; !rest.empty();) {
      const std::string_view pair = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (pair.substr(0, equals) == value) value_ = pair.substr(equals + 1);
    }
  }
  Translated(const Translated&) = delete;
  Translated& operator=(const Translated&) = delete;

  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  // Of a number beyond any range the product is, too.
  void multiply(std::int64_t number, std::int64_t times) {
    constexpr std::int64_t kBeyond = std::int64_t{1} << 50;
    writer_.signed_decimal(std::clamp(number, -kBeyond, kBeyond) * times);
    value_ = writer_.view();
  }

  char buffer_[32];
  TextWriter writer_{buffer_};
  std::string_view value_;
};

const OptionEntry* find_option(std::string_view name) {
  const auto table = option_table();
  const auto entry = std::ranges::find(table, name, &OptionEntry::name);
  return entry == table.end() ? nullptr : &*entry;
}

// A part without '=' may belong to the text of the option before it, which a separator has ended.
class LastText {
 public:
  void note(const Token& token) {
    if (token.error == TokenError::kMissingEquals) return;
    const Synonym* const synonym = find_synonym(token.key);
    const OptionEntry* const entry = find_option(synonym == nullptr ? token.key : synonym->option);
    const bool is_text = entry != nullptr && entry->kind == OptionKind::kText;
    token_ = is_text && token.error == TokenError::kNone ? token : Token();
  }
  // `part`: of the same option string, behind that text.
  void suggest_quotes(std::string_view part, Message& message) const {
    if (token_.key.empty()) return;
    const char* const begin = token_.value.data();
    const std::string_view whole(begin, static_cast<std::size_t>(part.data() + part.size() - begin));
    const bool fits = whole.size() <= kQuotedLength && whole.find_first_of("'\"\n") == std::string_view::npos;
    message.say(", or, if it belongs to the value of ").quote(token_.key).say(", put quotes around that: '");
    message.harmless(token_.key).say("=\"").harmless(fits ? whole : "...").say("\"'");
  }

 private:
  Token token_;
};

bool apply(const Token& token, Options& options, Renamed& renamed, Ignored& ignored,
           const LastText& last_text, Message& message) {
  if (token.error != TokenError::kNone) {
    message.say("option ").quote(token.part).say(" ").say(reason(token.error));
    if (token.error == TokenError::kMissingEquals) last_text.suggest_quotes(token.part, message);
    return false;
  }
  if (const Synonym* const synonym = find_synonym(token.key); synonym != nullptr) {
    const Translated translated(*synonym, token.value);
    return set(*find_option(synonym->option), translated.value(), options, message);
  }
  const OptionEntry* const entry = find_option(renamed.current_name(token.key));
  if (entry != nullptr) return set(*entry, token.value, options, message);
  if (ignored.takes(token.key)) return true;
  message.say("unknown option ").quote(token.key);
  const std::string_view nearest = nearest_option(token.key);
  if (!nearest.empty()) message.say(": did you mean ").quote(nearest).say("?");
  return false;
}

}  // namespace

bool parse(std::string_view text, Options& options, OptionErrors& errors) noexcept {
  bool accepted = true;
  Renamed renamed(errors);
  Ignored ignored(errors);
  LastText last_text;
  while (const std::optional<Token> token = next_token(text)) {
    last_text.note(*token);
    Message message;
    if (apply(*token, options, renamed, ignored, last_text, message)) continue;
    accepted = false;
    errors.on_error(message.view());
  }
  return accepted;
}

}  // namespace padlock::options
