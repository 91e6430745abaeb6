// Signals that ask the command to end while it runs a program: the program is to get them, and the command is
// to tidy up behind it.
#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>
#include <optional>

namespace padlock::cli {

/// One at a time. The terminal's SIGINT, SIGQUIT and SIGHUP come to the program by themselves; what a process
/// sends to the command alone is passed on. Those that are ignored stay so. SIGPIPE is ignored: what reads
/// the command's messages may be gone.
class PassedSignals {
 public:
  PassedSignals();
  ~PassedSignals() {
    pass_to(0);
    restore();
  }
  PassedSignals(const PassedSignals&) = delete;
  PassedSignals& operator=(const PassedSignals&) = delete;

  /// As they were before: for a forked child, too.
  void restore() const noexcept;

  /// While it lives, no signal comes: fork under it, and call pass_to() in the parent.
  class Held {
   public:
    Held() noexcept;
    ~Held() { release(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    void release() const noexcept;

   private:
    sigset_t before_;
  };

  /// From here on signals are passed to `program`, a child that is not waited for yet; 0: to none, it has
  /// ended.
  static void pass_to(pid_t program) noexcept;
  /// The signal by which the command is to end, whatever becomes of the program.
  [[nodiscard]] static std::optional<int> last_word() noexcept;
  /// The one that has come since pass_to(program) and has ended it, by itself or as shells and scripts say
  /// it. `status`: as of waitpid(2).
  [[nodiscard]] static std::optional<int> that_ended(int status) noexcept;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE};
  std::array<struct sigaction, kSignals.size()> former_ = {};
};

}  // namespace padlock::cli
