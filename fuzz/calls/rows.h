// The calls that the harness makes, each by its row of the table and, in words of the model, by what it must
// be reported for.
#pragma once

#include <cstddef>
#include <span>

#include "calls/model.h"

namespace padlock::fuzz {

struct CallArguments {
  char* to = nullptr;
  char* from = nullptr;
  std::size_t size = 0;
  std::size_t count = 0;
  int byte = 0;

  [[nodiscard]] wchar_t* wide_to() const { return wide(to); }
  [[nodiscard]] wchar_t* wide_from() const { return wide(from); }

 private:
  static wchar_t* wide(char* at) {
    return reinterpret_cast<wchar_t*>(address_of(at) / sizeof(wchar_t) * sizeof(wchar_t));
  }
};

struct Row {
  const char* name;
  /// The close look; and the glances: whether one of them shows that all is well.
  void (*look)(const CallArguments& a);
  bool (*glance)(const CallArguments& a);
  void (*expect)(CallModel& m, const CallArguments& a);
};

std::span<const Row> call_rows();

}  // namespace padlock::fuzz
