// The faults of one operation, kept until its lock is released: reporting them takes time and may call the
// program.
#pragma once

#include <cstddef>

#include "core/fault.h"

namespace padlock::runtime {

class FaultList final : public core::FaultSink {
 public:
  static constexpr std::size_t kCapacity = 8;

  void on_fault(const core::Fault& fault) override {
    if (size_ < kCapacity) {
      faults_[size_++] = fault;
    } else {
      overflowed_ = true;
    }
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == kCapacity; }

  /// Takes the oldest out; false if there is none.
  bool take(core::Fault& fault) noexcept {
    if (size_ == 0) return false;
    fault = faults_[0];
    --size_;
    for (std::size_t i = 0; i < size_; ++i) faults_[i] = faults_[i + 1];
    return true;
  }

  /// True, once, if faults were dropped since the last call.
  bool take_overflow() noexcept {
    const bool overflowed = overflowed_;
    overflowed_ = false;
    return overflowed;
  }

 private:
  core::Fault faults_[kCapacity];
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace padlock::runtime
