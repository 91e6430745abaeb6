// A value that is written under somebody's lock and read without one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace padlock {

/// Zero-initialized memory holds a zero-initialized T. One writer at a time.
template <typename T>
class Versioned {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);

 public:
  void write(const T& value) noexcept {
    std::uint64_t words[kWords];
    __builtin_memcpy(words, &value, sizeof value);
    const std::uint32_t version = version_.load(std::memory_order_relaxed) & ~1U;
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i != kWords; ++i) words_[i].store(words[i], std::memory_order_relaxed);
    version_.store(version + 2, std::memory_order_release);
  }

  /// False where the value is being written: by another thread, or by one that a signal interrupted or that a
  /// fork left behind. Async-signal-safe.
  bool try_read(T& value) const noexcept {
    std::uint64_t words[kWords];
    const std::uint32_t version = version_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i != kWords; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if ((version & 1U) != 0 || version_.load(std::memory_order_relaxed) != version) return false;
    __builtin_memcpy(&value, words, sizeof value);
    return true;
  }

  /// For the writer, who has it to itself.
  [[nodiscard]] T read() const noexcept {
    std::uint64_t words[kWords];
    for (std::size_t i = 0; i != kWords; ++i) words[i] = words_[i].load(std::memory_order_relaxed);
    T value;
    __builtin_memcpy(static_cast<void*>(&value), words, sizeof value);
    return value;
  }

 private:
  static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);

  std::atomic<std::uint32_t> version_;  // odd while it is being written
  std::atomic<std::uint64_t> words_[kWords];
};

}  // namespace padlock
