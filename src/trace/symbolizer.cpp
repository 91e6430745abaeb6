// Asking Boost.Stacktrace in a forked child. The answers come back through shared memory, each published as
// it is ready: what the child had found before it hung or crashed is kept.
#include "trace/symbolizer.h"

#include <algorithm>
#include <atomic>
#include <boost/stacktrace/frame.hpp>
#include <cstring>
#include <new>
#include <string>

#include "os/child.h"
#include "os/clock.h"
#include "os/memory.h"
#include "os/module_names.h"
#include "os/process.h"
#include "os/raw_io.h"

namespace padlock::trace {
namespace {

constexpr std::int64_t kFirstPatienceMs = 100;  // for a child to have taken the list of modules

// The shared memory: how many of the symbols behind it are complete.
struct Board {
  std::atomic<bool> has_modules{false};
  std::atomic<std::size_t> answered{0};

  [[nodiscard]] Symbol* symbols() noexcept { return reinterpret_cast<Symbol*>(this + 1); }
  static std::size_t bytes_for(std::size_t count) noexcept {
    const std::size_t page = os::page_size();
    return (sizeof(Board) + count * sizeof(Symbol) + page - 1) / page * page;
  }
};

void copy_text(const std::string& text, char (&out)[256]) noexcept {
  const std::size_t length = text.size() < sizeof out ? text.size() : sizeof out - 1;
  std::memcpy(out, text.data(), length);
  out[length] = '\0';
}

// In the child alone.
constinit os::LoadedModules loaded_modules;

// Boost asks libbacktrace, which finds the program through /proc. Where that is missing, what the kernel was
// asked to execute may still be there.
backtrace_state* debug_information() {
  using namespace boost::stacktrace::detail;
  static constinit backtrace_state* state = nullptr;
  if (state == nullptr) {
    state = os::exists("/proc/self/exe")
                ? construct_state(program_location())
                : backtrace_create_state(os::program_as_started(), 0, libbacktrace_error_callback, nullptr);
  }
  return state;
}

struct Found {
  std::string function;
  std::string file;
  std::size_t line = 0;
};

// Boost's frame::name() asks dladdr() first, which waits without end for a dlopen() of another thread in a
// child. The rest of what it does is done here.
Found find(std::uintptr_t pc) {
  using namespace boost::stacktrace::detail;
  Found found;
  const char* const exported = loaded_modules.symbol_at(pc);
  pc_data data = {&found.function, &found.file, 0};
  if (backtrace_state* const state = debug_information(); state != nullptr) {
    backtrace_pcinfo(state, pc, libbacktrace_full_callback, libbacktrace_error_callback, &data);
    if (exported == nullptr)
      backtrace_syminfo(state, pc, libbacktrace_syminfo_callback, libbacktrace_error_callback, &data);
  }
  if (exported != nullptr) found.function = exported;
  found.line = data.line;
  return found;
}

// A C function's name is not to be demangled as if it were a type's: f would become float.
std::string readable(const std::string& name) {
  return name.starts_with("_Z") ? boost::core::demangle(name.c_str()) : name;
}

// A return address is behind its call, which may be the last instruction of its line or function.
void look_up(std::uintptr_t pc, Symbol& symbol) {
  if (pc == 0) return;
  const Found found = find(pc - 1);
  copy_text(readable(found.function), symbol.function);
  copy_text(found.file, symbol.file);
  symbol.line = static_cast<std::uint32_t>(found.line);
}

// The program may have left no descriptor free, and the child needs none of those that it has; and memory may
// be limited more strictly than it has to be.
void make_room() noexcept {
  for (const int number : {0, 1, 2}) os::close_fd(number);
  os::raise_limits();
}

// Allocation may fail and debug information be broken; an exception that left the child would print.
[[noreturn]] void answer_all(std::span<const std::uintptr_t> pcs, Board& board,
                             void (*enter_child)()) noexcept try {
  if (enter_child != nullptr) enter_child();
  make_room();
  loaded_modules.take();
  board.has_modules.store(true, std::memory_order_release);
  for (std::size_t i = 0; i < pcs.size(); ++i) {
    look_up(pcs[i], board.symbols()[i]);
    board.answered.store(i + 1, std::memory_order_release);
  }
  os::exit_now(0);
} catch (...) {
  os::exit_now(1);
}

// A child that is forked while another thread changes the loader's list of modules has it half changed and
// locked for good. It is given up soon and another one is forked, at another moment: so the thread that
// reports never waits for a lock of the loader's.
void ask(std::span<const std::uintptr_t> pcs, Board& board, void (*enter_child)(), int timeout_ms) noexcept {
  const std::int64_t end = os::monotonic_ms() + timeout_ms;
  for (std::int64_t patience = kFirstPatienceMs;; patience *= 2) {
    const std::int32_t child = os::fork_unnoticed();
    if (child == 0) answer_all(pcs, board, enter_child);
    if (child < 0) return;
    const std::int64_t left = std::max<std::int64_t>(end - os::monotonic_ms(), 0);
    if (patience >= left || os::wait_for_sign(child, board.has_modules, static_cast<int>(patience))) {
      os::wait_or_kill(child, static_cast<int>(left));
      return;
    }
    os::wait_or_kill(child, 0);
  }
}

}  // namespace

std::size_t symbolize(std::span<const std::uintptr_t> pcs, std::span<Symbol> symbols, void (*enter_child)(),
                      int timeout_ms) noexcept {
  if (pcs.size() > symbols.size()) pcs = pcs.first(symbols.size());
  if (pcs.empty()) return 0;
  const std::size_t bytes = Board::bytes_for(pcs.size());
  void* memory = os::map_shared(bytes);
  if (memory == nullptr) return 0;
  auto* board = new (memory) Board;
  ask(pcs, *board, enter_child, timeout_ms);
  const std::size_t answered = std::min(board->answered.load(std::memory_order_acquire), pcs.size());
  std::memcpy(symbols.data(), board->symbols(), answered * sizeof(Symbol));
  os::unmap(memory, bytes);
  return answered;
}

}  // namespace padlock::trace
