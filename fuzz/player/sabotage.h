// Breaks what the heap knows out of band, or puts a sound header in place that lies: what only a check can
// find.
#pragma once

#include "model/stage.h"
#include "program/op.h"

namespace padlock::fuzz {

/// False if nothing was changed. After true the heap may be checked, and nothing else: it trusts this data.
bool sabotage(Stage& stage, const Op& op);

}  // namespace padlock::fuzz
