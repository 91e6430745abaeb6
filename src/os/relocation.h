// Whether the loader has relocated the module that holds this code. Before that, the resolvers of other
// modules' indirect functions may call into it: it can use code and data of its own then, but no thread-local
// ones (errno among them), and nothing of another module.
#pragma once

namespace padlock::os {

namespace detail {
// Its own address, once the loader has put that there. Volatile, as the compiler knows what it will be.
extern const volatile void* const volatile own_place __attribute__((visibility("hidden")));
}  // namespace detail

/// Async-signal-safe.
[[gnu::always_inline]] inline bool is_relocated() noexcept { return detail::own_place == &detail::own_place; }

}  // namespace padlock::os
