// Changing and reading the program's actions.
#include "runtime/signals/signal_table.h"

#include <cerrno>
#include <optional>

#include "os/signal_action.h"
#include "runtime/memory/own_memory.h"
#include "runtime/signals/signal_masks.h"

namespace padlock::runtime {

constinit SignalTable signal_table;

namespace {

// Only a fork while another thread writes, a few instructions long, leaves an entry odd for good.
constexpr unsigned kMostLooks = 1u << 20;

constexpr std::uint64_t kOfHandlers = SA_ONSTACK | SA_RESTART;

bool is_handler(std::uintptr_t handler) noexcept {
  return handler != reinterpret_cast<std::uintptr_t>(SIG_DFL) &&
         handler != reinterpret_cast<std::uintptr_t>(SIG_IGN);
}

// Padlock's handler stands before the program's own, too.
bool is_always_hidden(int signal) noexcept { return signal == SIGABRT || (kTraps & os::set_of(signal)) != 0; }

// While a thread writes, no handler of its own may come that reads or writes.
class AllBlocked {
 public:
  AllBlocked() noexcept { os::change_signal_mask(SIG_SETMASK, ~os::SignalSet{0}, &before_); }
  ~AllBlocked() { os::change_signal_mask(SIG_SETMASK, before_); }
  AllBlocked(const AllBlocked&) = delete;
  AllBlocked& operator=(const AllBlocked&) = delete;

 private:
  os::SignalSet before_ = 0;
};

}  // namespace

// Holds an entry for one writer.
class SignalTable::Writing {
 public:
  explicit Writing(Entry& entry) noexcept : entry_(entry) {
    for (unsigned looks = 0; looks < kMostLooks; ++looks) {
      std::uint32_t version = entry.version.load(std::memory_order_relaxed);
      if (version % 2 == 0 &&
          entry.version.compare_exchange_strong(version, version + 1, std::memory_order_acquire)) {
        break;
      }
      __builtin_ia32_pause();
    }
  }
  ~Writing() {
    const std::uint32_t version = entry_.version.load(std::memory_order_relaxed);
    entry_.version.store((version | 1) + 1, std::memory_order_release);
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  AllBlocked blocked_;
  Entry& entry_;
};

os::SignalAction SignalTable::load(const Entry& entry) noexcept {
  return {.handler = entry.handler.load(std::memory_order_acquire),
          .flags = entry.flags.load(std::memory_order_acquire),
          .restorer = entry.restorer.load(std::memory_order_acquire),
          .mask = entry.mask.load(std::memory_order_acquire)};
}

os::SignalAction SignalTable::read(const Entry& entry) noexcept {
  os::SignalAction action;
  for (unsigned looks = 0; looks < kMostLooks; ++looks) {
    const std::uint32_t version = entry.version.load(std::memory_order_acquire);
    action = load(entry);
    if (version % 2 == 0 && entry.version.load(std::memory_order_relaxed) == version) break;
    __builtin_ia32_pause();
  }
  return action;
}

// Released one by one: a reader that sees any of them sees the odd version too.
void SignalTable::write(Entry& entry, const os::SignalAction& action) noexcept {
  entry.handler.store(action.handler, std::memory_order_release);
  entry.flags.store(action.flags, std::memory_order_release);
  entry.restorer.store(action.restorer, std::memory_order_release);
  entry.mask.store(action.mask, std::memory_order_release);
}

// The kernel does as much as it can. But a trap must be free to come again while the program's handler runs.
os::SignalAction SignalTable::for_kernel(int signal, const os::SignalAction& action) const noexcept {
  const bool trap = (kTraps & os::set_of(signal)) != 0;
  const bool default_action = action.handler == reinterpret_cast<std::uintptr_t>(SIG_DFL);
  const bool always = trap || (is_always_hidden(signal) && is_handler(action.handler));
  if (!hides(signal) || !(always || default_action)) {
    return {action.handler, action.flags, action.restorer, mask_for_kernel(action.mask)};
  }
  os::SignalAction kernels;
  kernels.handler = handlers_[signal].load(std::memory_order_relaxed);
  kernels.flags = SA_SIGINFO | (trap ? SA_NODEFER : 0);
  if (!is_handler(action.handler)) {
    kernels.flags |= SA_RESTART;
    return kernels;
  }
  kernels.flags |= action.flags & (kOfHandlers | (trap ? 0 : SA_NODEFER));
  const bool defers = (action.flags & SA_NODEFER) == 0;
  kernels.mask = mask_for_kernel(action.mask | (trap && defers ? os::set_of(signal) : 0));
  return kernels;
}

// The kernel knows best, but for Padlock's handler and the traps in a mask.
os::SignalAction SignalTable::for_program(int signal, const os::SignalAction& kernels,
                                          const os::SignalAction& programs) const noexcept {
  const std::uintptr_t own = handlers_[signal].load(std::memory_order_relaxed);
  if (own != 0 && kernels.handler == own) return programs;
  return {kernels.handler, kernels.flags, kernels.restorer,
          mask_for_program(kernels.mask, hidden_part(programs.mask))};
}

void SignalTable::hide(int signal, std::uintptr_t handler) noexcept {
  os::SignalAction present;
  if (!os::change_signal_action(signal, nullptr, &present).ok()) return;
  handlers_[signal].store(handler, std::memory_order_relaxed);
  write(entries_[signal], present);
  hidden_.fetch_or(os::set_of(signal), std::memory_order_release);
  const os::SignalAction kernels = for_kernel(signal, present);
  os::change_signal_action(signal, &kernels, nullptr);
}

int SignalTable::change(int signal, const os::SignalAction* action, os::SignalAction* before) noexcept {
  if (signal < 1 || signal > kSignals) return EINVAL;
  os::SignalAction present;
  int error = 0;
  if (action != nullptr && memory_is_own()) {
    error = replace(signal, *action, present);
  } else {
    // Asked only, or by a child that shares its parent's memory: its actions are in the kernel alone.
    error = os::change_signal_action(signal, action, &present).error();
    present = for_program(signal, present, read(entries_[signal]));
  }
  if (error == 0 && before != nullptr) *before = present;
  return error;
}

int SignalTable::replace(int signal, const os::SignalAction& action, os::SignalAction& before) noexcept {
  Entry& entry = entries_[signal];
  std::optional<Writing> writing;
  // Of another entry hardly anything is read: the kernel has the program's action, or it is the default one.
  if (hides(signal) && is_always_hidden(signal)) writing.emplace(entry);
  const os::SignalAction kernels = for_kernel(signal, action);
  const os::SystemResult result = os::change_signal_action(signal, &kernels, &before);
  if (!result.ok()) return result.error();
  before = for_program(signal, before, load(entry));
  write(entry, action);
  return 0;
}

void SignalTable::prepare_exec() noexcept {
  for (const int signal : {SIGSEGV, SIGBUS, SIGTRAP}) {
    const os::SignalAction programs = read(entries_[signal]);
    if (programs.handler != reinterpret_cast<std::uintptr_t>(SIG_IGN)) continue;
    os::change_signal_action(signal, &programs, nullptr);
  }
}

os::SignalAction SignalTable::take(int signal) noexcept {
  Entry& entry = entries_[signal];
  const os::SignalAction action = read(entry);
  if (!is_handler(action.handler) || (action.flags & SA_RESETHAND) == 0) return action;
  const Writing writing(entry);
  std::uintptr_t expected = action.handler;
  const auto none = reinterpret_cast<std::uintptr_t>(SIG_DFL);
  // Another thread may have come first: then its fault is the handler's, and this one takes the default.
  if (entry.handler.compare_exchange_strong(expected, none)) return action;
  return {.handler = expected, .flags = action.flags, .restorer = action.restorer, .mask = action.mask};
}

}  // namespace padlock::runtime
