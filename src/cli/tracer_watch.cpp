// Writes to watched pages: by instructions, and by the kernel in system calls.
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "cli/tracer.h"

namespace padlock::cli {
namespace {

// A thread's signals are blocked, but for those that its own instructions raise.
class Quiet {
 public:
  explicit Quiet(Tracee thread) noexcept : thread_(thread), changed_(thread.get_mask(before_)) {
    constexpr auto kBit = [](int signal) { return std::uint64_t{1} << (signal - 1); };
    constexpr std::uint64_t kOwn = kBit(SIGSEGV) | kBit(SIGBUS) | kBit(SIGTRAP) | kBit(SIGILL) | kBit(SIGFPE);
    if (changed_) thread_.set_mask(~kOwn);
  }
  ~Quiet() {
    if (changed_) thread_.set_mask(before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  Tracee thread_;
  std::uint64_t before_ = 0;
  bool changed_;
};

bool change_protection(Tracee thread, const AddressSpace& space, const WatchedPage& page, int protection) {
  return thread.protect(space.entry, page.place.page, page.place.page_end, protection);
}

// What a thread is given in a stop of a system call's comes to it without what goes with the signal.
void stop_outside_call(Tracee thread, const AddressSpace& space) {
  const Quiet quiet(thread);
  (void)thread.protect(space.entry, 0, 0, PROT_NONE);  // of no page
}

void open_page(Tracee thread, const AddressSpace& space, WatchedPage& page) {
  if (page.open++ == 0) change_protection(thread, space, page, PROT_READ | PROT_WRITE);
}

void close_page(Tracee thread, const AddressSpace& space, WatchedPage& page) {
  if (page.open == 0 || --page.open != 0) return;
  change_protection(thread, space, page, PROT_READ);
}

// Calls that read the memory that they are given, or do not touch it, and may wait for long: for a child that
// shares the memory, as vfork(2) does. Of one without arguments the registers hold whatever was there before.
bool only_reads(long call) {
  constexpr long kReaders[] = {
      SYS_write,   SYS_pwrite64,  SYS_writev,  SYS_pwritev, SYS_pwritev2,      SYS_sendto,
      SYS_sendmsg, SYS_sendmmsg,  SYS_futex,   SYS_openat,  SYS_execve,        SYS_execveat,
      SYS_munmap,  SYS_mprotect,  SYS_madvise, SYS_exit,    SYS_exit_group,    SYS_fork,
      SYS_vfork,   SYS_clone,     SYS_clone3,  SYS_pause,   SYS_sched_yield,   SYS_close,
      SYS_fsync,   SYS_fdatasync, SYS_flock,   SYS_connect, SYS_rt_sigsuspend, SYS_rt_sigreturn,
      SYS_kill,    SYS_tgkill,    SYS_getpid,  SYS_gettid};
  return std::ranges::find(kReaders, call) != std::end(kReaders);
}

// How many ranges of memory the second argument of a call leads to, and where they are listed.
std::size_t listed_ranges(Tracee thread, long call, const std::array<std::uint64_t, 6>& arguments,
                          std::uintptr_t& list) {
  constexpr std::size_t kMost = 1024;
  list = arguments[1];
  if (call == SYS_readv || call == SYS_preadv || call == SYS_preadv2 || call == SYS_process_vm_readv)
    return std::min<std::size_t>(arguments[2], kMost);
  msghdr message = {};
  if (call != SYS_recvmsg || !thread.read_object(arguments[1], message)) return 0;
  list = reinterpret_cast<std::uintptr_t>(message.msg_iov);
  return std::min<std::size_t>(message.msg_iovlen, kMost);
}

// Calls that return how many bytes they have written, and which argument says where to.
struct Filling {
  long call;
  std::size_t buffer;
};
constexpr Filling kFillings[] = {{SYS_read, 1},       {SYS_pread64, 1},  {SYS_recvfrom, 1},
                                 {SYS_getdents64, 1}, {SYS_readlink, 1}, {SYS_readlinkat, 2},
                                 {SYS_getrandom, 0},  {SYS_getcwd, 0}};

// The same of a list of places, which are filled one after the other.
bool was_read_into_list(Tracee thread, std::uintptr_t address, long call,
                        const std::array<std::uint64_t, 6>& arguments, std::uint64_t size) {
  std::uintptr_t list = 0;
  const std::size_t count = listed_ranges(thread, call, arguments, list);
  for (std::size_t i = 0; i != count && size != 0; ++i) {
    iovec range = {};
    if (!thread.read_object(list + i * sizeof range, range)) return false;
    const std::uint64_t filled = std::min<std::uint64_t>(range.iov_len, size);
    if (address - reinterpret_cast<std::uintptr_t>(range.iov_base) < filled) return true;
    size -= filled;
  }
  return false;
}

// What the call returned says that it wrote there.
bool was_read_into(Tracee thread, std::uintptr_t address, long call,
                   const std::array<std::uint64_t, 6>& arguments, const arch::ThreadRegisters& registers) {
  const long result = arch::call_result_of(registers);
  if (result <= 0) return false;
  const auto size = static_cast<std::uint64_t>(result);
  const auto* const filling = std::ranges::find(kFillings, call, &Filling::call);
  if (filling != std::end(kFillings)) return address - arguments[filling->buffer] < size;
  return was_read_into_list(thread, address, call, arguments, size);
}

// Where a call that has failed was to write, of what lies in `range`, if that cannot be accessed.
std::optional<std::uintptr_t> refused_place(Tracee thread, const AddressRange& range, long call,
                                            const std::array<std::uint64_t, 6>& arguments) {
  const auto is_closed = [&](std::uintptr_t address) {
    std::byte byte{};
    return range.contains(address) && !thread.read(address, {&byte, 1});
  };
  const auto* const filling = std::ranges::find(kFillings, call, &Filling::call);
  if (filling != std::end(kFillings)) {
    const std::uintptr_t buffer = arguments[filling->buffer];
    return is_closed(buffer) ? std::optional(buffer) : std::nullopt;
  }
  std::uintptr_t list = 0;
  const std::size_t count = listed_ranges(thread, call, arguments, list);
  for (std::size_t i = 0; i != count; ++i) {
    iovec place = {};
    if (!thread.read_object(list + i * sizeof place, place)) return std::nullopt;
    const auto begin = reinterpret_cast<std::uintptr_t>(place.iov_base);
    if (place.iov_len != 0 && is_closed(begin)) return begin;
  }
  return std::nullopt;
}

bool makes_requests(long call) {
  constexpr long kCalls[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_setup, SYS_io_submit};
  return std::ranges::find(kCalls, call) != std::end(kCalls);
}

// Some of what is asked for is written in the very call. One that waits, for other threads maybe, would keep
// the pages open for them.
bool serves_requests(long call, const std::array<std::uint64_t, 6>& arguments, bool alone) {
  return call == SYS_io_submit || (call == SYS_io_uring_enter && (arguments[2] == 0 || alone));
}

// By its descriptors and mappings.
bool has_requests(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/fd", error)) {
    if (std::filesystem::read_symlink(entry.path(), error) == "anon_inode:[io_uring]") return true;
  }
  std::ifstream maps(folder + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/[aio]") != std::string::npos) return true;
  }
  return false;
}

bool may_write_to_block(Tracee thread, const AddressSpace& space, long call,
                        const std::array<std::uint64_t, 6>& arguments) {
  if (only_reads(call)) return false;
  const auto in_block = [&space](std::uint64_t address) { return space.is_in_block(address); };
  if (std::ranges::any_of(arguments, in_block)) return true;
  std::uintptr_t list = 0;
  const std::size_t count = listed_ranges(thread, call, arguments, list);
  for (std::size_t i = 0; i != count; ++i) {
    iovec range = {};
    if (!thread.read_object(list + i * sizeof range, range)) return false;
    if (in_block(reinterpret_cast<std::uintptr_t>(range.iov_base))) return true;
  }
  return false;
}

}  // namespace

void Tracer::handle_signal(Thread& thread, int signal) {
  const Tracee tracee(thread.id);
  siginfo_t info = {};
  tracee.get(info);
  if (signal == SIGTRAP && info.si_code == WatchMessage::kSignalCode) return take_message(thread, info);
  if (signal == SIGSEGV && info.si_code == SEGV_ACCERR) {
    const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    if (WatchedPage* const page = thread.space->page_at(address); page != nullptr)
      return step_over(thread, *page);
    if (make_again(thread, address)) return resume(thread);
  }
  resume(thread, signal);
}

// While a thread was being stopped for a write of its own, another one may have ended the watch: the page is
// open by now. If it is not, the access traps again.
bool Tracer::make_again(Thread& thread, std::uintptr_t address) {
  arch::ThreadRegisters registers = {};
  if (!thread.space->ever.contains(address) || !Tracee(thread.id).get(registers)) return false;
  const Thread::Access access = {address, arch::instruction_of(registers)};
  if (thread.made_again == access) return false;
  thread.made_again = access;
  return true;
}

// The thread has just come back from the kernel, where it sent itself the signal.
void Tracer::take_message(Thread& thread, const siginfo_t& info) {
  const Tracee tracee(thread.id);
  WatchMessage message;
  arch::ThreadRegisters registers = {};
  std::array<std::uint8_t, arch::kEnterKernelBytes> code = {};
  const bool ours = tracee.read_object(reinterpret_cast<std::uintptr_t>(info.si_value.sival_ptr), message) &&
                    message.mark == WatchMessage::kMark && tracee.get(registers);
  if (!ours) return resume(thread);
  const std::uintptr_t entry = arch::instruction_of(registers) - arch::kEnterKernelBytes;
  if (tracee.read_object(entry, code) && std::ranges::equal(code, arch::kEnterKernel))
    thread.space->entry = entry;
  if (thread.space->entry != 0) watch(thread, message);
  resume(thread);
}

void Tracer::watch(Thread& thread, const WatchMessage& message) {
  AddressSpace& space = *thread.space;
  const Tracee tracee(thread.id);
  const Quiet quiet(tracee);
  stop_others(thread);
  if (space.pages.empty()) look_for_requests(thread);
  if (WatchedPage* const known = space.page_at(message.page); known != nullptr) {
    change_protection(tracee, space, *known, PROT_READ | PROT_WRITE);
    space.pages.erase(space.pages.begin() + (known - space.pages.data()));
  }
  if (message.what == WatchMessage::What::kForget && beyond_free_) {
    space.remember({message.data, message.data_end});
    space.has_freed = true;
  }
  if (message.what == WatchMessage::What::kWatch) {
    WatchedPage page{.place = message, .bytes = std::vector<std::byte>(message.page_end - message.page)};
    if (tracee.read(message.page, page.bytes) && change_protection(tracee, space, page, PROT_READ))
      space.add(page);
    for (auto& [id, other] : threads_) {
      if (other.space != thread.space) continue;
      other.made_again.reset();
      if (!other.running && other.id != thread.id) Tracee(id).let_traps_through();
    }
  }
  resume_others(thread);  // from now on their calls are of interest, or no more
}

// While nothing is watched its calls are not seen.
void Tracer::look_for_requests(const Thread& thread) {
  AddressSpace& space = *thread.space;
  if (!space.has_requests) space.has_requests = has_requests(thread.process);
  saw_requests_ = saw_requests_ || space.has_requests;
}

// `before`: as the thread stood in front of what it did last, an instruction or one round of a repeated one.
// The status of its last stop.
int Tracer::step_until_done(Thread& thread, const WatchedPage& page, arch::ThreadRegisters& before) {
  const Tracee tracee(thread.id);
  for (;;) {
    tracee.get(before);
    const int status = tracee.step();
    if (!WIFSTOPPED(status)) return status;
    if (status >> 16 != 0) continue;  // nothing was executed
    siginfo_t info = {};
    tracee.get(info);
    if (WSTOPSIG(status) == SIGSEGV && info.si_code == SEGV_ACCERR) {
      WatchedPage* const other = thread.space->page_at(reinterpret_cast<std::uintptr_t>(info.si_addr));
      if (other == nullptr || other->open != 0) return status;
      open_page(tracee, *thread.space, *other);
      continue;
    }
    arch::ThreadRegisters after = {};
    if (WSTOPSIG(status) != SIGTRAP || !tracee.get(after)) return status;
    const bool repeats = arch::instruction_of(after) == arch::instruction_of(before);
    if (!repeats || page.first_change(tracee)) return status;
  }
}

void Tracer::step_over(Thread& thread, WatchedPage& page) {
  const Tracee tracee(thread.id);
  AddressSpace& space = *thread.space;
  stop_others(thread);
  arch::ThreadRegisters before = {};
  std::optional<std::uintptr_t> changed;
  siginfo_t raised = {};
  int signal = 0;
  {
    const Quiet quiet(tracee);
    std::vector<unsigned> opened;
    for (const WatchedPage& each : space.pages) opened.push_back(each.open);
    // What a system call of another thread has just changed is not this instruction's.
    const bool clean = !page.first_change(tracee);
    open_page(tracee, space, page);
    const int status = step_until_done(thread, page, before);
    if (!WIFSTOPPED(status)) {
      put_off(thread, status);
      return resume_others(thread);
    }
    if (WSTOPSIG(status) != SIGTRAP) {
      signal = WSTOPSIG(status);
      tracee.get(raised);
    }
    for (std::size_t i = 0; i != space.pages.size() && clean && !changed; ++i) {
      if (space.pages[i].open != opened[i]) changed = space.pages[i].first_change(tracee);
    }
    if (changed) {
      WatchedPage* const damaged = space.page_at(*changed);
      space.pages.erase(space.pages.begin() + (damaged - space.pages.data()));
    } else {
      for (std::size_t i = 0; i != space.pages.size(); ++i) {
        if (space.pages[i].open != opened[i]) close_page(tracee, space, space.pages[i]);
      }
    }
  }
  resume_others(thread);
  if (changed) return report(thread, *changed, before, 0);
  if (signal != 0) tracee.set(raised);
  resume(thread, signal);
}

// As if the instruction had trapped at the place; `error`: the number of a system call, counted from 1.
void Tracer::report(Thread& thread, std::uintptr_t address, const arch::ThreadRegisters& at, int error) {
  const Tracee tracee(thread.id);
  siginfo_t info = {};
  info.si_signo = SIGSEGV;
  info.si_errno = error;
  info.si_code = SEGV_ACCERR;
  info.si_addr = reinterpret_cast<void*>(address);
  tracee.set(at);
  tracee.set(info);
  tracee.let_traps_through();
  resume(thread, SIGSEGV);
}

void Tracer::handle_call(Thread& thread) {
  __ptrace_syscall_info info = {};
  ptrace(PTRACE_GET_SYSCALL_INFO, thread.id, sizeof info, &info);
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    thread.call = static_cast<long>(info.entry.nr);
    std::ranges::copy(info.entry.args, thread.arguments.begin());
    return enter_call(thread);
  }
  leave_call(thread);
}

// Where pages are protected the kernel would answer with an error. At the entry of a call no other can be
// made, so this one is left out at first.
void Tracer::enter_call(Thread& thread) {
  const Tracee tracee(thread.id);
  const bool again = thread.repeats;
  thread.repeats = false;
  AddressSpace& space = *thread.space;
  if (makes_requests(thread.call) && !space.pages.empty()) space.has_requests = saw_requests_ = true;
  const bool serves = serves_requests(thread.call, thread.arguments, is_alone(thread));
  const bool may_write =
      (serves && !space.pages.empty()) || may_write_to_block(tracee, space, thread.call, thread.arguments);
  arch::ThreadRegisters entered = {};
  if (!again && may_write && tracee.get(entered)) {
    thread.left = entered;
    tracee.set(arch::calling_nothing(entered));
  }
  resume(thread);
}

void Tracer::call_again(Thread& thread, const arch::ThreadRegisters& entered) {
  const Tracee tracee(thread.id);
  {
    const Quiet quiet(tracee);
    for (WatchedPage& page : thread.space->pages) open_page(tracee, *thread.space, page);
  }
  thread.opened = thread.repeats = true;
  thread.alone = is_alone(thread);
  tracee.set(arch::calling_again(entered));
  resume(thread);
}

void Tracer::leave_call(Thread& thread) {
  const Tracee tracee(thread.id);
  arch::ThreadRegisters registers = {};
  if (!tracee.get(registers)) return resume(thread);
  if (thread.left) {
    const arch::ThreadRegisters entered = *thread.left;
    thread.left.reset();
    return call_again(thread, entered);
  }
  AddressSpace& space = *thread.space;
  // Padlock in the program keeps traps unblocked, but for threads that are libc's own (aio), which begin so.
  if (thread.call == SYS_rt_sigprocmask && !space.pages.empty()) tracee.let_traps_through();
  std::optional<std::uintptr_t> damaged;
  if (thread.opened) damaged = close_after_call(thread, registers);
  const bool refused = thread.call != SYS_rt_sigreturn && arch::call_result_of(registers) == -EFAULT;
  if (refused && space.has_freed && !damaged) {
    damaged = refused_place(tracee, space.ever, thread.call, thread.arguments);
    if (damaged) stop_outside_call(tracee, space);
  }
  const bool was_open = std::exchange(thread.opened, false);
  if (!damaged) {
    const bool again = refused && !was_open && !space.pages.empty();
    return again ? call_again(thread, registers) : resume(thread);
  }
  report(thread, *damaged, registers, static_cast<int>(thread.call) + 1);
}

// The damaged byte, if the kernel wrote it. While pages are open for a call, instructions of other threads
// may write to them too.
std::optional<std::uintptr_t> Tracer::close_after_call(Thread& thread,
                                                       const arch::ThreadRegisters& registers) {
  const Tracee tracee(thread.id);
  const Quiet quiet(tracee);
  AddressSpace& space = *thread.space;
  const bool alone = thread.alone && is_alone(thread);
  std::optional<std::uintptr_t> damaged;
  for (WatchedPage& page : space.pages) {
    const std::optional<std::uintptr_t> changed = page.first_change(tracee);
    close_page(tracee, space, page);
    if (!changed) continue;
    const bool known = alone || was_read_into(tracee, *changed, thread.call, thread.arguments, registers);
    if (known && !damaged) damaged = changed;
    tracee.read(page.place.page, page.bytes);  // otherwise the next instruction would be taken for it
  }
  if (damaged) {
    WatchedPage* const page = space.page_at(*damaged);
    change_protection(tracee, space, *page, PROT_READ | PROT_WRITE);
    space.pages.erase(space.pages.begin() + (page - space.pages.data()));
  }
  return damaged;
}

}  // namespace padlock::cli
