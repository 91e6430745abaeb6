// Asking Boost.Stacktrace in a forked child. The answers come back through shared memory, each published as
// it is ready: what the child had found before it hung or crashed is kept.
#include "trace/symbolizer.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <boost/stacktrace/frame.hpp>
#include <cstring>
#include <new>
#include <string>

#include "os/child.h"
#include "os/memory.h"
#include "os/raw_io.h"

namespace padlock::trace {
namespace {

// The shared memory: how many of the symbols behind it are complete.
struct Board {
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

// As the symbol tables and the debug information spell it; "" if they know none.
std::string spelled_name(const void* address) {
  Dl_info symbol;
  if (dladdr(address, &symbol) != 0 && symbol.dli_sname != nullptr) return symbol.dli_sname;
  using namespace boost::stacktrace::detail;
  std::string name;
  pc_data found = {&name, nullptr, 0};
  const auto pc = reinterpret_cast<std::uintptr_t>(address);
  backtrace_state* const state = construct_state(program_location());
  if (state == nullptr ||
      backtrace_pcinfo(state, pc, libbacktrace_full_callback, libbacktrace_error_callback, &found) != 0) {
    return name;
  }
  backtrace_syminfo(state, pc, libbacktrace_syminfo_callback, libbacktrace_error_callback, &found);
  return name;
}

// Boost demangles a C function's name too, as if it were a type's: f becomes float, and h unsigned char.
std::string name_of(const boost::stacktrace::frame& frame) {
  std::string name = frame.name();
  if (name.empty() || name.find('(') != std::string::npos) return name;
  std::string spelled = spelled_name(frame.address());
  return spelled.starts_with("_Z") ? name : spelled;
}

// A return address is behind its call, which may be the last instruction of its line or function.
void look_up(std::uintptr_t pc, Symbol& symbol) {
  const boost::stacktrace::frame frame(reinterpret_cast<const void*>(pc - 1));
  copy_text(name_of(frame), symbol.function);
  copy_text(frame.source_file(), symbol.file);
  symbol.line = static_cast<std::uint32_t>(frame.source_line());
}

// Allocation may fail and debug information be broken; an exception that left the child would print.
[[noreturn]] void answer_all(std::span<const std::uintptr_t> pcs, Board& board,
                             void (*enter_child)()) noexcept try {
  if (enter_child != nullptr) enter_child();
  for (std::size_t i = 0; i < pcs.size(); ++i) {
    look_up(pcs[i], board.symbols()[i]);
    board.answered.store(i + 1, std::memory_order_release);
  }
  os::exit_now(0);
} catch (...) {
  os::exit_now(1);
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
  std::size_t answered = 0;
  const std::int32_t child = os::fork_unnoticed();
  if (child == 0) answer_all(pcs, *board, enter_child);
  if (child > 0) {
    os::wait_or_kill(child, timeout_ms);
    answered = std::min(board->answered.load(std::memory_order_acquire), pcs.size());
    std::memcpy(symbols.data(), board->symbols(), answered * sizeof(Symbol));
  }
  os::unmap(memory, bytes);
  return answered;
}

}  // namespace padlock::trace
