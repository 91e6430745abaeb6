// The process's one instance, constant-initialized.
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime {

constinit MemoryBudget memory_budget;

}  // namespace padlock::runtime
