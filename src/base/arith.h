// Integer helpers that cannot overflow silently.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace padlock {

/// `alignment` is a power of two; the caller knows that the result fits.
template <std::unsigned_integral T>
constexpr T align_up(T value, T alignment) noexcept {
  return static_cast<T>((value + (alignment - 1)) & ~(alignment - 1));
}

template <std::unsigned_integral T>
constexpr T align_down(T value, T alignment) noexcept {
  return static_cast<T>(value & ~(alignment - 1));
}

/// The product, or nothing where it overflows.
inline std::optional<std::size_t> checked_multiply(std::size_t a, std::size_t b) noexcept {
  std::size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

template <typename T>
std::uintptr_t address_of(T* pointer) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace padlock
