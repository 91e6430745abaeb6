// The tracer: seizes each thread of the process but one, waits until it stands, and notes its registers;
// again until there are no new ones. It runs on a stack of its own with the thread-local data of the thread
// that made it, so it calls nothing that has any.
#include "os/frozen_threads.h"

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <new>

#include "arch/clone.h"
#include "os/clock.h"
#include "os/memory.h"
#include "os/system_call.h"
#include "os/thread.h"
#include "os/thread_list.h"

namespace padlock::os {
namespace {

constexpr std::size_t kStack = 64 * 1024;
constexpr std::size_t kMoreThreads = 64;  // that may come while the others are being stopped
constexpr std::int64_t kPatienceUs = 3'000'000;
constexpr std::int64_t kPauseUs = 50;

constexpr const char* kRefused =
    "the kernel does not let Padlock stop the threads (a debugger, a tracer, a container or Yama forbids it)";

enum class Stage : std::uint32_t { kFreezing, kFrozen, kFailed };

}  // namespace

struct FrozenThreads::Shared {
  std::int32_t process = 0;
  std::int32_t caller = 0;
  std::size_t capacity = 0;
  std::size_t count = 0;
  const char* problem = nullptr;
  std::atomic<Stage> stage{Stage::kFreezing};
  std::atomic<bool> may_trace{false};
  std::atomic<bool> released{false};

  [[nodiscard]] FrozenThread* threads() noexcept { return reinterpret_cast<FrozenThread*>(this + 1); }

  [[nodiscard]] bool knows(std::int32_t thread) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      if (threads()[i].id == thread) return true;
    }
    return false;
  }

  bool seize(std::int32_t thread) noexcept;
  bool wait_for(FrozenThread& thread, std::int64_t until) noexcept;
  bool freeze_new(std::int64_t until, bool& some) noexcept;
  bool freeze() noexcept;
  void thaw() noexcept;
  static void read_registers(FrozenThread& thread) noexcept;
};

bool FrozenThreads::Shared::seize(std::int32_t thread) noexcept {
  if (count == capacity) {
    problem = "threads come faster than they can be stopped";
    return false;
  }
  if (!system_call(SYS_ptrace, PTRACE_SEIZE, thread, nullptr, nullptr).ok()) {
    if (thread_has_ended(process, thread)) return true;
    problem = kRefused;
    return false;
  }
  system_call(SYS_ptrace, PTRACE_INTERRUPT, thread, nullptr, nullptr);
  FrozenThread& frozen = threads()[count++];
  frozen.id = thread;
  frozen.signal = 0;
  frozen.vector_words = FrozenThread::kRunning;  // it does not stand yet
  return true;
}

void FrozenThreads::Shared::read_registers(FrozenThread& thread) noexcept {
  iovec general = {&thread.registers, sizeof thread.registers};
  system_call(SYS_ptrace, PTRACE_GETREGSET, thread.id, NT_PRSTATUS, &general);
  iovec vectors = {thread.vectors, sizeof thread.vectors};
  const bool read = system_call(SYS_ptrace, PTRACE_GETREGSET, thread.id, NT_X86_XSTATE, &vectors).ok();
  thread.vector_words = read ? vectors.iov_len / sizeof thread.vectors[0] : 0;
}

// A thread that has ended in the meantime counts as standing, without registers.
bool FrozenThreads::Shared::wait_for(FrozenThread& thread, std::int64_t until) noexcept {
  int status = 0;
  for (;;) {
    const SystemResult got = system_call(SYS_wait4, thread.id, &status, __WALL | WNOHANG, nullptr);
    if (!got.ok() || (got.value() == thread.id && !WIFSTOPPED(status))) {
      thread.id = 0;
      thread.vector_words = 0;
      return true;
    }
    if (got.value() == thread.id) break;
    if (monotonic_us() >= until) {
      problem = "a thread does not stop: it waits in the kernel, for a child of vfork or for a device";
      return false;
    }
    sleep_us(kPauseUs);
  }
  // A stop that is no event is before a signal, which the thread takes when it goes on.
  if (status >> 16 == 0) thread.signal = WSTOPSIG(status);
  read_registers(thread);
  return true;
}

bool FrozenThreads::Shared::freeze_new(std::int64_t until, bool& some) noexcept {
  const std::size_t before = count;
  bool seized = true;
  const bool listed = for_each_thread(process, [&](std::int32_t thread) {
    if (seized && thread != caller && !knows(thread)) seized = seize(thread);
  });
  if (!listed) problem = kNoThreadList;
  if (!listed || !seized) return false;
  for (std::size_t i = before; i < count; ++i) {
    if (!wait_for(threads()[i], until)) return false;
  }
  some = count != before;
  return true;
}

bool FrozenThreads::Shared::freeze() noexcept {
  const std::int64_t until = monotonic_us() + kPatienceUs;
  bool some = true;
  while (some) {
    if (!freeze_new(until, some)) return false;
  }
  return true;
}

void FrozenThreads::Shared::thaw() noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    FrozenThread& thread = threads()[i];
    if (thread.id == 0) continue;
    // Only a thread that stands can be let go; the end of its tracer lets go of the others.
    if (thread.vector_words != FrozenThread::kRunning)
      system_call(SYS_ptrace, PTRACE_DETACH, thread.id, nullptr, std::intptr_t{thread.signal});
  }
}

int FrozenThreads::trace(void* argument) {
  Shared& shared = *static_cast<Shared*>(argument);
  system_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  const auto is_orphan = [&] { return system_call(SYS_getppid).value() != shared.process; };
  while (!shared.may_trace.load(std::memory_order_acquire)) {
    if (is_orphan()) return 1;
    sleep_us(kPauseUs);
  }
  const bool frozen = shared.freeze();
  if (frozen) {
    shared.stage.store(Stage::kFrozen, std::memory_order_release);
    while (!shared.released.load(std::memory_order_acquire) && !is_orphan()) sleep_us(kPauseUs);
  }
  shared.thaw();
  if (!frozen) shared.stage.store(Stage::kFailed, std::memory_order_release);
  return 0;
}

FrozenThreads::FrozenThreads(Means means) noexcept {
  problem_ = begin();
  if (problem_ == nullptr) return;
  end();
  if (means != Means::kTracingOrSignal || problem_ != kRefused) return;
  problem_ = signalled_.hold();
  is_signalled_ = problem_ == nullptr;
}

FrozenThreads::~FrozenThreads() { end(); }

std::span<const FrozenThread> FrozenThreads::threads() const noexcept {
  if (is_signalled_) return signalled_.threads();
  if (shared_ == nullptr) return {};
  return {shared_->threads(), shared_->count};
}

const char* FrozenThreads::begin() noexcept {
  if (is_confined()) return "a filter of system calls forbids it";
  const std::int32_t process = process_id();
  const std::int32_t caller = thread_id();
  std::size_t others = 0;
  if (!for_each_thread(process, [&](std::int32_t thread) { others += thread != caller ? 1 : 0; }))
    return kNoThreadList;
  if (others == 0) return nullptr;
  const std::size_t capacity = others + kMoreThreads;
  const std::size_t page = page_size();
  mapped_ = (kStack + sizeof(Shared) + capacity * sizeof(FrozenThread) + page - 1) / page * page;
  auto* const memory = static_cast<std::byte*>(map_apart(mapped_));
  if (memory == nullptr) return "the system has no memory for it";
  shared_ = new (memory + kStack) Shared;
  shared_->process = process;
  shared_->caller = caller;
  shared_->capacity = capacity;
  constexpr unsigned long kFlags = CLONE_VM | CLONE_FS | CLONE_UNTRACED;
  const long tracer = arch::clone_on_stack(kFlags, {memory, kStack}, trace, shared_);
  if (tracer < 0) return kRefused;
  tracer_ = static_cast<std::int32_t>(tracer);
  // Where only ancestors may trace a process. It cannot be asked what it was before.
  if (system_call(SYS_faccessat, AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", 0).ok())
    system_call(SYS_prctl, PR_SET_PTRACER, tracer_, 0, 0, 0);
  shared_->may_trace.store(true, std::memory_order_release);
  const std::int64_t until = monotonic_us() + 2 * kPatienceUs;
  while (shared_->stage.load(std::memory_order_acquire) == Stage::kFreezing) {
    if (monotonic_us() >= until) return "the task that was to do it does not answer";
    sleep_us(kPauseUs);
  }
  return shared_->stage.load(std::memory_order_acquire) == Stage::kFrozen ? nullptr : shared_->problem;
}

void FrozenThreads::end() noexcept {
  if (shared_ == nullptr) return;
  if (tracer_ != 0) {
    shared_->released.store(true, std::memory_order_release);
    int status = 0;
    const std::int64_t until = monotonic_us() + kPatienceUs;
    while (system_call(SYS_wait4, tracer_, &status, __WALL | WNOHANG, nullptr).value() == 0) {
      if (monotonic_us() >= until) system_call(SYS_kill, tracer_, SIGKILL);
      sleep_us(kPauseUs);
    }
  }
  unmap_apart(reinterpret_cast<std::byte*>(shared_) - kStack, mapped_);
  shared_ = nullptr;
}

std::span<const std::uintptr_t> thread_local_vector(std::uintptr_t thread_pointer) noexcept {
  constexpr std::size_t kMostModules = 1 << 16;
  const std::uintptr_t word = thread_pointer + arch::kVectorOfThreadLocals * sizeof(std::uintptr_t);
  if (!is_readable(word, sizeof word)) return {};
  const std::uintptr_t vector = *reinterpret_cast<const std::uintptr_t*>(word);
  // Its capacity stands before it: two words for each module.
  if (vector % sizeof(std::uintptr_t) != 0 || !is_readable(vector - 2 * sizeof vector, 2 * sizeof vector))
    return {};
  const std::uintptr_t modules = reinterpret_cast<const std::uintptr_t*>(vector)[-2];
  const std::size_t words = 2 * (modules + 1);
  if (modules > kMostModules || !is_readable(vector, words * sizeof vector)) return {};
  return {reinterpret_cast<const std::uintptr_t*>(vector), words};
}

}  // namespace padlock::os
