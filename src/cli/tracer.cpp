// Threads, processes and their stops. What is done about a watched page is in tracer_watch.cpp.
#include "cli/tracer.h"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "cli/passed_signals.h"

namespace padlock::cli {
namespace {

constexpr int kCallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

// The process of a thread, by /proc; the thread itself where that does not say.
pid_t process_of(pid_t thread) {
  std::ifstream file("/proc/" + std::to_string(thread) + "/status");
  constexpr std::string_view kName = "Tgid:";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kName)) return std::stoi(line.substr(kName.size()));
  }
  return thread;
}

pid_t message_of(pid_t thread) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message);
  return static_cast<pid_t>(message);
}

// Whether the child that a thread has just made, by a call that it is still in, shares its memory. The event
// does not say: clone(2) with the signal of fork(2) is announced as that.
bool shares_memory(pid_t parent) {
  const Tracee tracee(parent);
  arch::ThreadRegisters registers = {};
  if (!tracee.get(registers)) return false;
  const long call = arch::call_number_of(registers);
  std::uint64_t flags = arch::first_argument_of(registers);
  if (call == SYS_clone3 && !tracee.read_object(flags, flags)) return false;
  return call == SYS_vfork || (call != SYS_fork && (flags & CLONE_VM) != 0);
}

bool stops_process(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool is_mere_stop(int status) {
  return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP && !stops_process(WSTOPSIG(status));
}

}  // namespace

bool Tracer::seize(pid_t program) noexcept {
  constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC |
                                     PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, program, nullptr, kOptions) != 0) return false;
  program_ = program;
  threads_[program] = {
      .id = program, .process = program, .space = std::make_shared<AddressSpace>(), .running = true};
  return true;
}

int Tracer::run() {
  while (!threads_.empty()) {
    pid_t id = 0;
    int status = 0;
    if (!next_stop(id, status)) break;
    handle(id, status);
  }
  return status_;
}

void Tracer::put_off(Thread& thread, int status) {
  thread.waiting = status;
  thread.turn = ++turns_;
}

// In the order that they came in: threads that do nothing but write to a page would keep all others waiting.
bool Tracer::next_waiting(pid_t& id, int& status) {
  Thread* next = nullptr;
  for (auto& [known, thread] : threads_) {
    if (thread.waiting && (next == nullptr || thread.turn < next->turn)) next = &thread;
  }
  if (next == nullptr) return false;
  id = next->id;
  status = *next->waiting;
  next->waiting.reset();
  return true;
}

// For the same reason stops of other processes come first every second time.
bool Tracer::next_stop(pid_t& id, int& status) {
  others_first_ = !others_first_;
  if (others_first_ && (id = waitpid(-1, &status, __WALL | WNOHANG)) > 0) return true;
  if (next_waiting(id, status)) return true;
  do {
    if (program_ended_ && PassedSignals::last_word()) return false;
    id = waitpid(-1, &status, __WALL);
  } while (id < 0 && errno == EINTR);
  return id > 0;
}

void Tracer::handle(pid_t id, int status) {
  const auto found = threads_.find(id);
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    if (id == program_) note_end(status);
    early_.erase(id);
    if (found != threads_.end()) threads_.erase(found);
  } else if (found == threads_.end()) {
    early_[id] = status;
  } else if (WIFSTOPPED(status)) {
    handle_stop(found->second, status);
  }
}

// From here on a signal is for the command alone.
void Tracer::note_end(int status) {
  status_ = status;
  program_ended_ = true;
  PassedSignals::pass_to(0);
}

void Tracer::handle_stop(Thread& thread, int status) {
  thread.running = false;
  const int signal = WSTOPSIG(status);
  if (const int event = status >> 16; event != 0) {
    handle_event(thread, event, signal);
  } else if (signal == kCallStop) {
    handle_call(thread);
  } else {
    handle_signal(thread, signal);
  }
}

void Tracer::handle_event(Thread& thread, int event, int signal) {
  if (event == PTRACE_EVENT_STOP && stops_process(signal)) {
    ptrace(PTRACE_LISTEN, thread.id, nullptr, nullptr);
    thread.running = true;
    return;
  }
  if (event == PTRACE_EVENT_EXEC) note_exec(thread);
  if (event == PTRACE_EVENT_VFORK) thread.lends_memory = true;
  if (event == PTRACE_EVENT_VFORK_DONE) thread.lends_memory = false;
  if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
    add_child(thread, event);
  resume(thread);
}

void Tracer::add_child(const Thread& parent, int event) {
  const pid_t id = message_of(parent.id);
  Thread child = {.id = id, .process = id, .space = parent.space, .running = true};
  if (!shares_memory(parent.id)) {
    child.space = std::make_shared<AddressSpace>(*parent.space);
    // Calls that pages are open for are the parent's; one may have begun or ended since the kernel copied
    // them.
    for (WatchedPage& page : child.space->pages) page.open = 0;
  }
  if (event == PTRACE_EVENT_CLONE) child.process = process_of(id);
  threads_[id] = child;
  const auto early = early_.find(id);
  if (early == early_.end()) return;
  const int status = early->second;
  early_.erase(early);
  put_off(threads_[id], status);
}

// The other threads of the process are gone, without a word of some of them.
void Tracer::note_exec(Thread& thread) {
  const pid_t process = thread.id;
  std::erase_if(threads_, [process](const auto& entry) {
    return entry.second.process == process && entry.first != process;
  });
  thread.process = process;
  thread.space = std::make_shared<AddressSpace>();
  thread.call = -1;
  thread.opened = thread.repeats = false;
  thread.left.reset();
}

bool Tracer::is_alone(const Thread& thread) const {
  return std::ranges::none_of(threads_, [&thread](const auto& entry) {
    const Thread& other = entry.second;
    return other.space == thread.space && other.id != thread.id && !other.lends_memory;
  });
}

// One that does not stop is in the kernel, waiting for something there, and writes nothing.
void Tracer::stop_others(const Thread& thread) {
  constexpr auto kPatience = std::chrono::milliseconds(100);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const auto concerns = [&thread](const Thread& other) {
    return other.space == thread.space && other.id != thread.id && other.running && !other.lends_memory;
  };
  for (auto& [id, other] : threads_) {
    if (concerns(other)) ptrace(PTRACE_INTERRUPT, id, nullptr, nullptr);
  }
  for (auto& [id, other] : threads_) {
    while (concerns(other)) {
      int status = 0;
      const pid_t stopped = waitpid(id, &status, __WALL | WNOHANG);
      if (stopped == 0) {
        if (std::chrono::steady_clock::now() > until) break;
        std::this_thread::yield();
        continue;
      }
      other.running = false;
      if (stopped > 0 && !is_mere_stop(status)) put_off(other, status);
    }
  }
}

void Tracer::resume_others(const Thread& thread) {
  for (auto& [id, other] : threads_) {
    if (other.space == thread.space && id != thread.id && !other.running && !other.waiting) resume(other);
  }
}

// System calls are of interest only while something is watched, or once it is freed, and until one that has
// begun is over.
void Tracer::resume(Thread& thread, int signal) {
  const AddressSpace& space = *thread.space;
  const bool of_interest = !space.pages.empty() || space.has_freed;
  const bool calls = of_interest || thread.opened || thread.repeats || thread.left;
  const auto request = calls ? PTRACE_SYSCALL : PTRACE_CONT;
  ptrace(request, thread.id, nullptr, static_cast<std::intptr_t>(signal));
  thread.running = true;
}

}  // namespace padlock::cli
