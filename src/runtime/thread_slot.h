// The only thread-local data: a few bytes that exist before a thread's first call and after its last.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::runtime {

struct ThreadState;

/// What the thread is doing with Padlock; anything but kIdle sends a call the slow way.
enum class Activity : std::uint8_t {
  kIdle,       // nothing: the program runs
  kInside,     // in the allocator, maybe with a lock
  kCapturing,  // in the unwinder, where it may allocate itself; no lock of the runtime is held
  kWaiting,    // inside, for the world to go on; no block is half written
  kReporting,  // writing a report
  kForking,    // in fork(2), with every lock
  kPrivate,    // setting up, or the symbolizer's child: everything comes from the bootstrap heap
};

struct ThreadSlot {
  ThreadState* state = nullptr;  // null before the first call, and after the thread has departed
  std::atomic<Activity> activity{Activity::kIdle};  // written by the thread alone
  std::atomic<bool> gate_closed{false};             // by whoever stops the world (world.h)
  bool departed = false;     // the thread's destructors have run; a few calls may still come
  bool in_callback = false;  // in the program's fault callback
  std::uint16_t index = 0;   // of thread_registry.h
};

extern constinit thread_local ThreadSlot thread_slot __attribute__((tls_model("initial-exec")));

/// Sets the activity over a scope.
class ActivityScope {
 public:
  explicit ActivityScope(Activity activity) noexcept : former_(thread_slot.activity) { set(activity); }
  ~ActivityScope() { set(former_); }
  ActivityScope(const ActivityScope&) = delete;
  ActivityScope& operator=(const ActivityScope&) = delete;

 private:
  // A signal handler on this thread must see the change before anything that follows it.
  static void set(Activity activity) noexcept {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread_slot.activity.store(activity, std::memory_order_release);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }

  Activity former_;
};

}  // namespace padlock::runtime
