// Names without folders are compared.
#include "runtime/process/excluded.h"

#include "os/process.h"
#include "os/start_data.h"

namespace padlock::runtime {
namespace {

std::string_view base_name(std::string_view path) noexcept { return path.substr(path.rfind('/') + 1); }

bool is_among(std::string_view name, std::string_view names) noexcept {
  while (!names.empty()) {
    const std::size_t end = names.find_first_of(":,");
    if (!name.empty() && names.substr(0, end) == name) return true;
    if (end == std::string_view::npos) return false;
    names.remove_prefix(end + 1);
  }
  return false;
}

// argv[0]: behind argc.
std::string_view started_as() noexcept {
  const auto* const stack = reinterpret_cast<const char* const*>(os::initial_stack_pointer());
  return stack == nullptr || stack[0] == nullptr || stack[1] == nullptr ? std::string_view() : stack[1];
}

}  // namespace

bool is_excluded(std::string_view names) noexcept {
  if (names.empty()) return false;
  char path[512];
  os::executable_path(path, sizeof path);
  return is_among(base_name(path), names) || is_among(base_name(started_as()), names);
}

}  // namespace padlock::runtime
