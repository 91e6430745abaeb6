// Asking libbacktrace in a forked child. The answers come back through shared memory, each published as
// it is ready: what the child had found before it hung or crashed is kept.
#include "trace/symbolizer.h"

#include <algorithm>
#include <atomic>
#include <boost/core/demangle.hpp>
#include <boost/stacktrace/frame.hpp>
#include <new>
#include <string>
#include <vector>

#include PADLOCK_BACKTRACE_HEADER
#include "base/arith.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/memory.h"
#include "os/module_names.h"
#include "os/process.h"
#include "os/raw_io.h"
#include "trace/rule_finder.h"

namespace padlock::trace {
namespace {

constexpr std::int64_t kFirstPatienceMs = 100;  // for a child to have taken the list of modules
constexpr int kMostCrashes = 3;

// The shared memory.
struct Board {
  std::atomic<bool> has_modules{false};
  std::atomic<std::size_t> answered{0};
  NameBook book;

  static std::size_t bytes() noexcept { return align_up(sizeof(Board), os::page_size()); }
};

// In the child alone.
constinit os::LoadedModules loaded_modules;

void ignore_error(void* /*data*/, const char* /*message*/, int /*error*/) {}

// libbacktrace reads nothing if it cannot read the program's own file; for the sake of the libraries it is
// then given another one in its place, and not asked about the program.
struct DebugInformation {
  backtrace_state* state = nullptr;
  bool without_program = false;
};

DebugInformation open_debug_information() {
  for (const char* const program : {"/proc/self/exe", os::program_as_started()}) {
    if (os::is_readable_file(program))
      return {backtrace_create_state(program, 0, ignore_error, nullptr), false};
  }
  const char* const other = loaded_modules.any_readable_file();
  if (other == nullptr) return {};
  return {backtrace_create_state(other, 0, ignore_error, nullptr), true};
}

backtrace_state* debug_information_of(std::uintptr_t pc) {
  static const DebugInformation all = open_debug_information();
  return all.without_program && loaded_modules.is_program(pc) ? nullptr : all.state;
}

struct FoundLevel {
  std::string function;
  std::string file;
  std::uint32_t line = 0;
};
using FoundLevels = std::vector<FoundLevel>;

int add_level(void* levels, std::uintptr_t /*pc*/, const char* file, int line, const char* function) {
  const auto text = [](const char* known) { return std::string(known == nullptr ? "" : known); };
  static_cast<FoundLevels*>(levels)->push_back(
      {text(function), text(file), static_cast<std::uint32_t>(line)});
  return 0;
}

void take_name(void* name, std::uintptr_t /*pc*/, const char* symbol, std::uintptr_t /*value*/,
               std::uintptr_t /*size*/) {
  if (symbol != nullptr) *static_cast<std::string*>(name) = symbol;
}

// Boost's public frame knows one place of an address, without the functions that were inlined there, and
// reads the debug information once more; its name() asks dladdr(), which waits without end for a dlopen() of
// another thread in a child. So it is asked for the place, where libbacktrace cannot be.
void ask_boost(std::uintptr_t pc, FoundLevel& level) {
  const boost::stacktrace::frame frame(reinterpret_cast<const void*>(pc));
  level.file = frame.source_file();
  level.line = static_cast<std::uint32_t>(frame.source_line());
}

// "parse.constprop.0": the compiler's own copy of what the program calls parse.
bool is_clone_of(const std::string& symbol, const std::string& function) {
  return !function.empty() && symbol.starts_with(function + '.');
}

// The innermost first. The outermost function is a symbol of its module's, which spells it in full.
FoundLevels find(std::uintptr_t pc) {
  FoundLevels levels;
  std::string symbol;
  backtrace_state* const state = debug_information_of(pc);
  if (state != nullptr) backtrace_pcinfo(state, pc, add_level, ignore_error, &levels);
  if (levels.empty()) levels.emplace_back();
  if (const char* const exported = loaded_modules.symbol_at(pc); exported != nullptr) {
    symbol = exported;
  } else if (state != nullptr) {
    backtrace_syminfo(state, pc, take_name, ignore_error, &symbol);
  }
  std::string& function = levels.back().function;
  if (!symbol.empty() && !is_clone_of(symbol, function)) function = symbol;
  if (state == nullptr && !loaded_modules.is_program(pc)) ask_boost(pc, levels.back());
  return levels;
}

// A C function's name is not to be demangled as if it were a type's: f would become float.
std::string readable(const std::string& name) {
  return name.starts_with("_Z") ? boost::core::demangle(name.c_str()) : name;
}

// Not behind a call: what lies before it has nothing to do with it.
bool is_return_of_handler(std::uintptr_t pc) {
  return os::is_readable(pc, kSignalReturnSize) && is_signal_return(pc);
}

// A return address is behind its call, which may be the last instruction of its line or function.
FoundLevels levels_of(std::uintptr_t pc) {
  if (pc == 0) return {};
  if (is_return_of_handler(pc)) return {{"<signal handler called>", "", 0}};
  return find(pc - 1);
}

void look_up(std::uintptr_t pc, NameBook& book) {
  FoundLevels found = levels_of(pc);
  std::vector<Level> levels;
  for (FoundLevel& level : found) {
    level.function = readable(level.function);
    levels.push_back({level.function, level.file, level.line});
  }
  if (book.is_half_full()) levels.clear();
  book.add(pc, levels);
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
  for (std::size_t i = board.answered.load(std::memory_order_relaxed); i != pcs.size(); ++i) {
    look_up(pcs[i], board.book);
    board.answered.store(i + 1, std::memory_order_release);
  }
  os::exit_now(0);
} catch (...) {
  os::exit_now(1);
}

// Whether another child is to go on behind the address that this one crashed at.
bool skip_crashed(Board& board, std::size_t asked) noexcept {
  const std::size_t next = board.answered.load(std::memory_order_acquire) + 1;
  if (!board.has_modules.load(std::memory_order_acquire) || next >= asked) return false;
  board.answered.store(next, std::memory_order_relaxed);
  board.has_modules.store(false, std::memory_order_relaxed);
  return true;
}

// A child that is forked while another thread changes the loader's list of modules has it half changed and
// locked for good. It is given up soon and another one is forked, at another moment: so the thread that
// reports never waits for a lock of the loader's.
void ask(std::span<const std::uintptr_t> pcs, Board& board, void (*enter_child)(), int timeout_ms) noexcept {
  const std::int64_t end = os::monotonic_ms() + timeout_ms;
  std::int64_t patience = kFirstPatienceMs;
  for (int crashes = 0;;) {
    const std::int32_t child = os::fork_unnoticed();
    if (child < 0) return;
    if (child == 0) answer_all(pcs, board, enter_child);
    const std::int64_t left = std::max<std::int64_t>(end - os::monotonic_ms(), 0);
    if (patience < left && !os::wait_for_sign(child, board.has_modules, static_cast<int>(patience))) {
      os::wait_or_kill(child, 0);
      patience *= 2;
      continue;
    }
    const os::ChildEnd how = os::wait_or_kill(child, static_cast<int>(left));
    if (how != os::ChildEnd::kFailed || ++crashes > kMostCrashes || !skip_crashed(board, pcs.size())) return;
  }
}

}  // namespace

std::size_t symbolize(std::span<const std::uintptr_t> pcs, NameBook& book, void (*enter_child)(),
                      int timeout_ms) noexcept {
  if (pcs.empty()) return 0;
  const std::size_t bytes = Board::bytes();
  void* memory = os::map_shared(bytes);
  if (memory == nullptr) return 0;
  auto* board = new (memory) Board;
  ask(pcs, *board, enter_child, timeout_ms);
  const std::size_t answered = std::min(board->answered.load(std::memory_order_acquire), pcs.size());
  for (const std::uintptr_t pc : pcs.first(answered)) book.copy(pc, board->book);
  os::unmap(memory, bytes);
  return answered;
}

}  // namespace padlock::trace
