// Programs that this one is about to execute and in which the loader will not load Padlock.
#pragma once

#include <string_view>

namespace padlock::runtime {

/// The file that is executed. `search`: a name without a slash is looked up along PATH, as execvp(3) does.
/// Async-signal-safe; usable between vfork and exec. Changes errno.
class ExecTarget {
 public:
  ExecTarget(const char* file, bool search) noexcept;
  ExecTarget(const ExecTarget&) = delete;
  ExecTarget& operator=(const ExecTarget&) = delete;

  /// Whether there is a file, and this program's environment has Padlock in LD_PRELOAD.
  [[nodiscard]] bool inherits_padlock() const noexcept { return inherits_; }
  /// Its path; "" if the name was not found. Only where Padlock is inherited.
  [[nodiscard]] const char* path() const noexcept { return path_; }

 private:
  static constexpr std::size_t kLongestPath = 1024;

  void look_up(std::string_view name) noexcept;

  const char* path_;
  bool inherits_;
  char found_[kLongestPath];
};

/// Warns that nothing will be guarded in the file that is executed, where it gains privileges by that:
/// set-user-ID, set-group-ID, file capabilities.
void warn_of_exec_target(const ExecTarget& target) noexcept;

}  // namespace padlock::runtime
