// From /proc and the process's personality.
#include "os/debugger.h"

#include <sys/personality.h>

#include <cstddef>
#include <string_view>

#include "os/confined.h"
#include "os/file_reader.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

// The first character behind `text` in the file that is no blank; FileReader::kEnd if there is none.
int first_after(const char* path, std::string_view text) noexcept {
  FileReader file(path);
  std::size_t matched = 0;
  int c = file.next();
  for (; c != FileReader::kEnd && matched < text.size(); c = file.next()) {
    const bool same = static_cast<char>(c) == text[matched];
    matched = same ? matched + 1 : static_cast<char>(c) == text[0];
  }
  while (c == ' ' || c == '\t') c = file.next();
  return c;
}

}  // namespace

bool is_traced() noexcept {
  if (is_confined()) return false;
  const int digit = first_after("/proc/self/status", "\nTracerPid:");
  return digit >= '1' && digit <= '9';
}

bool addresses_repeat() noexcept {
  if (is_confined()) return false;
  constexpr unsigned kAsk = 0xffffffff;
  const auto personality = system_call(SYS_personality, kAsk).value_or(0);
  if ((static_cast<unsigned long>(personality) & ADDR_NO_RANDOMIZE) != 0) return true;
  return first_after("/proc/sys/kernel/randomize_va_space", "") == '0';
}

}  // namespace padlock::os
