// Watching a guarded block: the process that traces this one protects the page in which the block's slack
// lies, and looks at every write to it. What is no slack is behind guard pages anyway.
#pragma once

namespace padlock::runtime {

/// `memory` has just been allocated, and the caller does not have it yet. Only a watched block, which is a
/// guarded one.
void begin_watching(const void* memory) noexcept;
/// It is about to be freed or moved, if it is the start of a live one.
void end_watching(const void* memory) noexcept;

}  // namespace padlock::runtime
