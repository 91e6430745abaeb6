// How a process becomes confined (confined.h).
#pragma once

namespace padlock::os {

/// For good. What a confined process needs of the kernel and is always the same is looked up before.
void confine() noexcept;

/// The same, and the calling thread is about to enter the kernel's strict mode: reading, writing and its own
/// end are all that it may ask for.
void confine_strictly() noexcept;

/// Whether a filter was there when the program began, other than the one that a container has put on all of
/// its processes: that one answers calls that it does not like with errors. From /proc.
bool has_inherited_filter() noexcept;

}  // namespace padlock::os
