// The signal is the one that glibc keeps for changing all threads' user ids: its sigprocmask(3) never blocks
// it, and no program uses it. Ours carries a mark; others go on to the handler that was there.
#include "os/signalled_threads.h"

#include <algorithm>
#include <csignal>
#include <new>

#include "os/clock.h"
#include "os/futex.h"
#include "os/memory.h"
#include "os/signal_action.h"
#include "os/system_call.h"
#include "os/thread.h"
#include "os/thread_list.h"

namespace padlock::os {
namespace {

constexpr int kSignal = 33;
constexpr std::size_t kMoreThreads = 64;  // that may come while the others are being held
constexpr std::int64_t kPatienceUs = 3'000'000;
constexpr std::int64_t kPauseUs = 50;

constexpr const char* kDeaf = "a thread neither lets itself be traced nor takes a signal";

// What the handler works on. It stays in place when a thread did not answer: the signal may come any time.
struct Post {
  std::atomic<FrozenThread*> threads{nullptr};  // null: nothing is asked of threads
  std::atomic<std::uint32_t> count{0};
  std::atomic<std::uint32_t> inside{0};  // threads, in the handler
  std::atomic<std::uint32_t> released{0};
  SignalAction before;
};
constinit Post post;

bool is_ours(const siginfo_t& info) noexcept {
  return info.si_code == SI_QUEUE && info.si_value.sival_ptr == &post;
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  using Handler = void (*)(int, siginfo_t*, void*);
  // As a default action it would have ended the process; nobody but glibc, which has a handler, sends it.
  if (post.before.handler > 1) reinterpret_cast<Handler>(post.before.handler)(signal, info, context);
}

void note_registers(FrozenThread& thread, const void* context) noexcept {
  const auto& interrupted = *static_cast<const arch::Context*>(context);
  thread.registers = arch::thread_registers_in(interrupted);
  const std::span<const std::uintptr_t> vectors = arch::vectors_in(interrupted);
  const std::size_t words = std::min(vectors.size(), FrozenThread::kVectorWords);
  for (std::size_t i = 0; i < words; ++i) thread.vectors[i] = vectors[i];
  __atomic_store_n(&thread.vector_words, words, __ATOMIC_RELEASE);
}

void stand_still(const void* context) noexcept {
  FrozenThread* const threads = post.threads.load();
  if (threads == nullptr) return;
  const std::int32_t self = static_cast<std::int32_t>(system_call(SYS_gettid).value());
  const std::uint32_t count = post.count.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (threads[i].id != self) continue;
    note_registers(threads[i], context);
    while (post.released.load() == 0) wait_while(post.released, 0);
    return;
  }
}

void on_signal(int signal, siginfo_t* info, void* context) noexcept {
  if (!is_ours(*info)) return pass_on(signal, info, context);
  post.inside.fetch_add(1);
  stand_still(context);
  post.inside.fetch_sub(1);
}

bool install_handler() noexcept {
  SignalAction ours;
  ours.handler = reinterpret_cast<std::uintptr_t>(&on_signal);
  ours.flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ours.mask = ~SignalSet{0};
  SignalAction before;
  if (!change_signal_action(kSignal, &ours, &before).ok()) return false;
  if (before.handler != ours.handler) post.before = before;  // otherwise it is in place still
  return true;
}

}  // namespace

std::span<const FrozenThread> SignalledThreads::threads() const noexcept {
  return {threads_, post.count.load(std::memory_order_relaxed)};
}

bool SignalledThreads::knows(std::int32_t thread) const noexcept {
  for (const FrozenThread& known : threads()) {
    if (known.id == thread) return true;
  }
  return false;
}

bool SignalledThreads::send(std::int32_t thread) noexcept {
  const std::uint32_t count = post.count.load(std::memory_order_relaxed);
  if (count == capacity_) return false;
  threads_[count].id = thread;
  post.count.store(count + 1, std::memory_order_release);
  siginfo_t info = {};
  info.si_signo = kSignal;
  info.si_code = SI_QUEUE;
  info.si_pid = process_;
  info.si_value.sival_ptr = &post;
  if (system_call(SYS_rt_tgsigqueueinfo, process_, thread, kSignal, &info).ok()) return true;
  return thread_has_ended(process_, thread);
}

// A thread that has ended in the meantime counts as standing, without registers.
bool SignalledThreads::wait_for(FrozenThread& thread, std::int64_t until) noexcept {
  while (__atomic_load_n(&thread.vector_words, __ATOMIC_ACQUIRE) == FrozenThread::kRunning) {
    if (thread_has_ended(process_, thread.id)) {
      thread.id = 0;
      thread.vector_words = 0;
      return true;
    }
    if (monotonic_us() >= until) return false;
    sleep_us(kPauseUs);
  }
  return true;
}

const char* SignalledThreads::hold_new(std::int64_t until, bool& some) noexcept {
  const std::uint32_t before = post.count.load(std::memory_order_relaxed);
  bool sent = true;
  const bool listed = for_each_thread(process_, [&](std::int32_t thread) {
    if (sent && thread != caller_ && !knows(thread)) sent = send(thread);
  });
  if (!listed) return kNoThreadList;
  const std::uint32_t count = post.count.load(std::memory_order_relaxed);
  for (std::uint32_t i = before; i < count; ++i) {
    if (!wait_for(threads_[i], until)) all_answered_ = false;
  }
  some = count != before;
  return sent && all_answered_ ? nullptr : kDeaf;
}

const char* SignalledThreads::hold_all() noexcept {
  const std::int64_t until = monotonic_us() + kPatienceUs;
  bool some = true;
  while (some) {
    if (const char* const problem = hold_new(until, some); problem != nullptr) return problem;
  }
  return nullptr;
}

const char* SignalledThreads::hold() noexcept {
  process_ = process_id();
  caller_ = thread_id();
  std::size_t others = 0;
  if (!for_each_thread(process_, [&](std::int32_t thread) { others += thread != caller_ ? 1 : 0; }))
    return kNoThreadList;
  capacity_ = others + kMoreThreads;
  mapped_ = (capacity_ * sizeof(FrozenThread) + page_size() - 1) / page_size() * page_size();
  void* const memory = map_apart(mapped_);
  if (memory == nullptr) return "the system has no memory for it";
  threads_ = static_cast<FrozenThread*>(memory);
  for (std::size_t i = 0; i < capacity_; ++i) new (&threads_[i]) FrozenThread;
  post.count.store(0);
  post.released.store(0);
  post.threads.store(threads_);
  const char* const problem = install_handler() ? hold_all() : kDeaf;
  if (problem != nullptr) release();
  return problem;
}

void SignalledThreads::release() noexcept {
  if (threads_ == nullptr) return;
  post.threads.store(nullptr);
  post.released.store(1);
  wake_all(post.released);
  while (post.inside.load() != 0) sleep_us(kPauseUs);
  // A signal that is still on its way would end the process without a handler.
  if (all_answered_) change_signal_action(kSignal, &post.before, nullptr);
  post.count.store(0);
  unmap_apart(threads_, mapped_);
  threads_ = nullptr;
}

}  // namespace padlock::os
