// The only thread-local data: a few bytes that exist before a thread's first call and after its last.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::runtime {

struct ThreadState;

/// What a thread does with Padlock besides working on blocks; anything but kNothing, and being inside the
/// allocator (door.h), sends a call the slow way.
enum class Activity : std::uint8_t {
  kNothing,
  kCapturing,  // in the unwinder, which may allocate itself
  kWaiting,    // for the world to go on
  kReporting,  // writing a report
  kForking,    // in fork(2), with every lock
  kPrivate,    // setting up, or the symbolizer's child: everything comes from the bootstrap heap
  kAsking,     // about a block, with a lock
};

struct ThreadSlot {
  /// Neither inside nor doing anything else: the program runs.
  [[nodiscard]] bool is_idle() const noexcept { return doing_.load(std::memory_order_relaxed) == 0; }
  /// In the allocator, maybe with a lock or a block half written; the thread may be doing something else on
  /// top of that, in a signal handler.
  [[nodiscard]] bool is_inside() const noexcept {
    return (doing_.load(std::memory_order_acquire) & kInside) != 0;
  }
  /// Inside, and doing nothing else: a call that comes in now comes from a signal handler.
  [[nodiscard]] bool is_working() const noexcept { return doing_.load(std::memory_order_relaxed) == kInside; }

  /// Leaves it open whether the thread is inside: only the door changes that.
  void set_activity(Activity activity) noexcept {
    store((doing_.load(std::memory_order_relaxed) & kInside) | static_cast<std::uint8_t>(activity));
  }

  ThreadState* state = nullptr;  // null before the first call, and after the thread has departed

 private:
  friend class Door;
  friend class ActivityScope;
  static constexpr std::uint8_t kInside = 0x80;

  // A signal handler on this thread must see the change before anything that follows it.
  void store(unsigned doing) noexcept {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    doing_.store(static_cast<std::uint8_t>(doing), std::memory_order_release);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }

  std::atomic<std::uint8_t> doing_{0};  // an Activity and kInside; written by the thread alone

 public:
  std::atomic<bool> gate_closed{false};  // by the thread that stops the world (world.h)
  bool departed = false;                 // the thread's destructors have run; a few calls may still come
  bool in_callback = false;              // in the program's fault callback
  std::uint16_t index = 0;               // of thread_registry.h
};

extern constinit thread_local ThreadSlot thread_slot __attribute__((tls_model("initial-exec")));

/// Sets the activity over a scope. A thread that is inside stays inside: a report about a call that
/// interrupted the allocator leaves a block half written.
class ActivityScope {
 public:
  explicit ActivityScope(Activity activity) noexcept
      : former_(thread_slot.doing_.load(std::memory_order_relaxed)) {
    thread_slot.set_activity(activity);
  }
  ~ActivityScope() { thread_slot.store(former_); }
  ActivityScope(const ActivityScope&) = delete;
  ActivityScope& operator=(const ActivityScope&) = delete;

 private:
  std::uint8_t former_;
};

/// Over a scope in which a thread that is outside the allocator takes one of its locks all the same, to ask
/// something: a signal handler that allocates or forks in the meantime would wait for that lock for good. A
/// thread that is not idle goes on as it is.
class Asking {
 public:
  Asking() noexcept : was_idle_(thread_slot.is_idle()) {
    if (was_idle_) thread_slot.set_activity(Activity::kAsking);
  }
  ~Asking() {
    if (was_idle_) thread_slot.set_activity(Activity::kNothing);
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  bool was_idle_;
};

}  // namespace padlock::runtime
