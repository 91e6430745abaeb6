// What a lock guards, said so that clang checks it (-Wthread-safety). Other compilers ignore it.
#pragma once

#ifdef __clang__
#define PADLOCK_ATTRIBUTE(...) __attribute__((__VA_ARGS__))
#else
#define PADLOCK_ATTRIBUTE(...)
#endif

#define PADLOCK_CAPABILITY(what) PADLOCK_ATTRIBUTE(capability(what))
#define PADLOCK_SCOPED_LOCK PADLOCK_ATTRIBUTE(scoped_lockable)
/// Of data: touched only while the lock is held.
#define PADLOCK_GUARDED_BY(lock) PADLOCK_ATTRIBUTE(guarded_by(lock))
/// Of functions: the caller holds the lock.
#define PADLOCK_REQUIRES(lock) PADLOCK_ATTRIBUTE(requires_capability(lock))
/// Of functions: the lock is taken, given back, or taken where the function returns true. Without a name:
/// that of the object.
#define PADLOCK_ACQUIRES(...) PADLOCK_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define PADLOCK_RELEASES(...) PADLOCK_ATTRIBUTE(release_capability(__VA_ARGS__))
#define PADLOCK_TRIES_TO_ACQUIRE PADLOCK_ATTRIBUTE(try_acquire_capability(true))
/// Of functions: the lock that is returned is this one.
#define PADLOCK_RETURNS_LOCK(lock) PADLOCK_ATTRIBUTE(lock_returned(lock))
/// Of functions that use locks in a way that cannot be said; the reason stands beside it.
#define PADLOCK_UNCHECKED_LOCKING PADLOCK_ATTRIBUTE(no_thread_safety_analysis)
