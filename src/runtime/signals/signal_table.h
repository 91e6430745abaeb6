// What the program wants done on a signal, as far as the kernel has another action: Padlock's own handler
// stands in for it. Queries are answered from here.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/signal_action.h"

namespace padlock::runtime {

inline constexpr int kSignals = 64;

/// Thread-safe and async-signal-safe. Actions are the program's unless said: with masks as it gave them.
class SignalTable {
 public:
  constexpr SignalTable() noexcept = default;

  /// Start-up: `handler` runs from here on, the present action becomes the program's. It runs whatever the
  /// program wants where that is a trap (signal_masks.h) or SIGABRT, and else in place of the default action.
  void hide(int signal, std::uintptr_t handler) noexcept;
  [[nodiscard]] bool hides(int signal) const noexcept {
    return (hidden_.load(std::memory_order_acquire) & os::set_of(signal)) != 0;
  }

  /// sigaction(2); either pointer may be null. Returns an error number.
  int change(int signal, const os::SignalAction* action, os::SignalAction* before) noexcept;

  /// Where the program ignores a signal, so does the program that is executed next.
  void prepare_exec() noexcept;

  /// A hidden signal is about to be delivered: what the program wants done. As the kernel does, puts the
  /// default in the place of a handler with SA_RESETHAND.
  os::SignalAction take(int signal) noexcept;

 private:
  // Read without a lock: an odd version is being written.
  struct Entry {
    std::atomic<std::uint32_t> version{0};
    std::atomic<std::uintptr_t> handler{0};
    std::atomic<std::uint64_t> flags{0};
    std::atomic<std::uintptr_t> restorer{0};
    std::atomic<os::SignalSet> mask{0};
  };
  class Writing;

  static os::SignalAction load(const Entry& entry) noexcept;
  static os::SignalAction read(const Entry& entry) noexcept;
  static void write(Entry& entry, const os::SignalAction& action) noexcept;
  [[nodiscard]] os::SignalAction for_kernel(int signal, const os::SignalAction& action) const noexcept;
  [[nodiscard]] os::SignalAction for_program(int signal, const os::SignalAction& kernels,
                                             const os::SignalAction& programs) const noexcept;
  int replace(int signal, const os::SignalAction& action, os::SignalAction& before) noexcept;

  std::atomic<os::SignalSet> hidden_{0};
  std::atomic<std::uintptr_t> handlers_[kSignals + 1] = {};  // Padlock's
  Entry entries_[kSignals + 1];  // of every signal whose action the program has set
};

extern constinit SignalTable signal_table;

}  // namespace padlock::runtime
