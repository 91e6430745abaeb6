// What the library's edge shares: the mark of an exported function, and anchors that keep the edge in one
// piece.
#pragma once

#define PADLOCK_EXPORT extern "C" __attribute__((visibility("default")))
#define PADLOCK_OWN extern "C" __attribute__((visibility("hidden")))

namespace padlock::preload {

// A linker takes from libpadlock.a only the objects that it needs. Half a malloc family would be worse than
// none, so each object of the edge refers to the others.
extern const char malloc_anchor;
extern const char new_anchor;
extern const char api_anchor;
extern const char leaks_anchor;
extern const char pools_anchor;

}  // namespace padlock::preload
