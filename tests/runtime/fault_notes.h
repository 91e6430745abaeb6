// A fault sink that keeps what it is given, for assertions.
#pragma once

#include <vector>

#include "core/fault.h"

namespace padlock::runtime {

class FaultNotes final : public core::FaultSink {
 public:
  void on_fault(const core::Fault& fault) override { faults.push_back(fault); }

  /// The only fault there is; one of kind kNone where there are none or several.
  [[nodiscard]] core::Fault only() const { return faults.size() == 1 ? faults[0] : core::Fault{}; }

  std::vector<core::Fault> faults;
};

}  // namespace padlock::runtime
