// Runs a program and watches the pages that Padlock in it names: every write to one is let through alone, one
// instruction at a time while all other threads stand, and the bytes that nobody may write to are compared.
// The thread that changed one gets a SIGSEGV there, as if it had trapped, and Padlock reports it.
#pragma once

#include <sys/types.h>

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "arch/traced_call.h"
#include "cli/watched_pages.h"

namespace padlock::cli {

class Tracer {
 public:
  /// `beyond_free`: writes of the kernel's to blocks that were watched until they were freed are looked for
  /// as well, at the price of a stop at each system call from then on.
  explicit Tracer(bool beyond_free) noexcept : beyond_free_(beyond_free) {}

  /// `program`: a child of the caller's that waits before it executes the program. False where the system
  /// does not let it be traced.
  bool seize(pid_t program) noexcept;
  /// Until the program and what it has started have ended, or the program has and a signal asks the command
  /// to end; the program's status, as of waitpid(2).
  int run();
  /// Whether something was watched in a process for which the kernel may write at any time, asked for by
  /// io_uring or aio: such writes are not seen.
  [[nodiscard]] bool saw_requests() const noexcept { return saw_requests_; }

 private:
  struct Thread {
    pid_t id = 0;
    pid_t process = 0;
    std::shared_ptr<AddressSpace> space;
    bool running = false;
    bool lends_memory = false;        // it waits for its child of vfork(2) to execute a program, or to end
    std::optional<int> waiting = {};  // a stop that was met while all threads were being stopped
    std::uint64_t turn = 0;           // the lowest is dealt with first
    struct Access {
      std::uintptr_t address = 0;
      std::uintptr_t instruction = 0;
      friend bool operator==(const Access&, const Access&) = default;
    };
    std::optional<Access> made_again = {};  // the last one, since a page was added
    // Of the system call that it is in:
    long call = -1;
    std::array<std::uint64_t, 6> arguments = {};
    bool opened = false;                             // watched pages are open for it
    bool alone = false;                              // as it began; it can make no other thread meanwhile
    bool repeats = false;                            // it is to be made again, now that they are
    std::optional<arch::ThreadRegisters> left = {};  // it was left out, and is to be made with these
  };

  bool next_stop(pid_t& id, int& status);
  bool next_waiting(pid_t& id, int& status);
  void put_off(Thread& thread, int status);
  void handle(pid_t id, int status);
  void note_end(int status);
  void handle_stop(Thread& thread, int status);
  void handle_event(Thread& thread, int event, int signal);
  void handle_signal(Thread& thread, int signal);
  void handle_call(Thread& thread);
  void enter_call(Thread& thread);
  void leave_call(Thread& thread);

  void add_child(const Thread& parent, int event);
  void note_exec(Thread& thread);
  void take_message(Thread& thread, const siginfo_t& info);
  void watch(Thread& thread, const WatchMessage& message);
  bool make_again(Thread& thread, std::uintptr_t address);
  void look_for_requests(const Thread& thread);
  void step_over(Thread& thread, WatchedPage& page);
  int step_until_done(Thread& thread, const WatchedPage& page, arch::ThreadRegisters& before);
  void report(Thread& thread, std::uintptr_t address, const arch::ThreadRegisters& at, int error);
  std::optional<std::uintptr_t> close_after_call(Thread& thread, const arch::ThreadRegisters& registers);
  void call_again(Thread& thread, const arch::ThreadRegisters& entered);

  /// Whether no other thread can write to its memory, be it one of another process that shares it.
  [[nodiscard]] bool is_alone(const Thread& thread) const;
  void stop_others(const Thread& thread);
  void resume_others(const Thread& thread);
  static void resume(Thread& thread, int signal = 0);

  bool beyond_free_;
  std::map<pid_t, Thread> threads_;
  std::map<pid_t, int> early_;  // stops of threads that no other one has announced yet
  pid_t program_ = 0;
  bool program_ended_ = false;
  bool others_first_ = false;
  std::uint64_t turns_ = 0;
  bool saw_requests_ = false;
  int status_ = 0;
};

}  // namespace padlock::cli
