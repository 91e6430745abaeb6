// The settings, the stack depot and the allocation numbers of the process.
#include "runtime/memory/settings.h"

#include "runtime/memory/numbers.h"

namespace padlock::runtime {

constinit Settings settings;
constinit trace::Depot trace_depot;
constinit NumberSource number_source;

}  // namespace padlock::runtime
