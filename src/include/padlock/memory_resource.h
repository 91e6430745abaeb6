// A std::pmr::memory_resource over a padlock::Heap: every container that takes one gets checked blocks,
// and a deallocation with another size or alignment than the allocation's is a fault.
//
// Example:
//
//     #include <cstdio>
//     #include <padlock/memory_resource.h>
//     #include <vector>
//
//     int main() {
//       static std::byte memory[65536];
//       padlock::Heap heap(memory);
//       padlock::HeapResource resource(heap);
//       std::pmr::vector<int> numbers({1, 2, 3}, &resource);
//       numbers.data()[3] = 4;  // behind the last element
//       heap.check();
//       std::puts(heap.first_fault().kind);  // heap-buffer-overflow
//     }
#pragma once

#include <memory_resource>
#include <new>

#include "padlock/heap.h"

namespace padlock {

/// As thread-safe as the heap: not at all. The heap must outlive it.
class HeapResource : public std::pmr::memory_resource {
 public:
  explicit HeapResource(Heap& heap) noexcept : heap_(&heap) {}
  [[nodiscard]] Heap& heap() const noexcept { return *heap_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* pointer = heap_->allocate(bytes, alignment);
    if (pointer == nullptr) throw std::bad_alloc();
    return pointer;
  }
  void do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) override {
    heap_->deallocate(pointer, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    const auto* resource = dynamic_cast<const HeapResource*>(&other);
    return resource != nullptr && resource->heap_ == heap_;
  }

  Heap* heap_;
};

}  // namespace padlock
