// Watching a block: the process that traces this one protects the pages in which the slack of a guarded block
// lies, or header or padding of a large one, and looks at every write to them.
#pragma once

namespace padlock::runtime {

/// `memory` has just been allocated or resized, and the caller does not have it yet. Only if it is a block to
/// be watched.
void begin_watching(const void* memory) noexcept;
/// It is about to be freed, resized or moved, if it is the start of a live one that is watched.
void end_watching(const void* memory) noexcept;

}  // namespace padlock::runtime
