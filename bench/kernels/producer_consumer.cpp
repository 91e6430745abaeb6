// Blocks are allocated by one thread and freed by another: each thread fills a bounded queue for the next one
// in a ring and empties its own.
#include <atomic>
#include <thread>
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

// One writer, one reader, batches of blocks by pointer.
class Queue {
 public:
  bool push(void* batch) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kSlots) return false;
    slots_[tail % kSlots] = batch;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  void* pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return nullptr;
    void* batch = slots_[head % kSlots];
    head_.store(head + 1, std::memory_order_release);
    return batch;
  }

 private:
  static constexpr std::size_t kSlots = 64;
  void* slots_[kSlots] = {};
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

struct Batch {
  static constexpr std::size_t kBlocks = 100;
  Block blocks[kBlocks];
};

Batch* produce(Random& random) {
  auto* batch = static_cast<Batch*>(checked(std::malloc(sizeof(Batch))));
  for (Block& block : batch->blocks) {
    const std::size_t size = random.size(4, 9);
    block = make_block(size, random.next());
  }
  return batch;
}

std::uint64_t consume(void* given) {
  auto* batch = static_cast<Batch*>(given);
  std::uint64_t sum = 0;
  for (Block& block : batch->blocks) sum += take_block(block);
  std::free(batch);
  return sum;
}

std::uint64_t work(std::uint64_t batches, Random random, Queue& mine, Queue& next) {
  std::uint64_t sum = 0;
  for (std::uint64_t made = 0, taken = 0; made < batches || taken < batches;) {
    if (void* batch = taken < batches ? mine.pop() : nullptr) {
      sum += consume(batch);
      ++taken;
    }
    if (made == batches) {
      if (taken < batches) std::this_thread::yield();
      continue;
    }
    Batch* batch = produce(random);
    while (!next.push(batch)) {
      // Full: empty the own queue in the meantime, or a ring of full queues would stand still.
      if (void* waiting = taken < batches ? mine.pop() : nullptr) {
        sum += consume(waiting);
        ++taken;
      } else {
        std::this_thread::yield();
      }
    }
    ++made;
  }
  return sum;
}

}  // namespace

std::uint64_t producer_consumer(const Parameters& parameters) {
  const std::uint64_t batches = parameters.times(60'000);
  std::vector<Queue> queues(parameters.threads);
  std::atomic<std::uint64_t> sum{0};
  std::vector<std::thread> threads;
  for (unsigned at = 0; at < parameters.threads; ++at)
    threads.emplace_back([&, at] {
      sum += work(batches, Random(100 + at), queues[at], queues[(at + 1) % parameters.threads]);
    });
  for (std::thread& thread : threads) thread.join();
  return sum;
}

}  // namespace bench
