// A list for each thread, whose links lie at the ends of the pages: the calls that write there stay in front
// of them. A signal handler that comes in between leaves the list as it was.
#include "runtime/threads/lent_pages.h"

#include <cstdint>

#include "base/arith.h"
#include "os/memory.h"

namespace padlock::runtime {
namespace {

// The last bytes of the pages.
struct Loan {
  Loan* older;
  void* pages;
};

constinit thread_local Loan* latest __attribute__((tls_model("initial-exec"))) = nullptr;

std::size_t mapped_for(std::size_t size) noexcept { return align_up(size + sizeof(Loan), os::page_size()); }

Loan* loan_of(void* pages, std::size_t size) noexcept {
  return reinterpret_cast<Loan*>(address_of(pages) + mapped_for(size)) - 1;
}

void unmap(const Loan* loan) noexcept {
  os::unmap(loan->pages, address_of(loan + 1) - address_of(loan->pages));
}

}  // namespace

void* lend_pages(std::size_t size) noexcept {
  const std::size_t mapped = mapped_for(size);
  void* const pages = os::can_spare(mapped) ? os::map(mapped, os::Protection::kReadWrite) : nullptr;
  if (pages == nullptr) return nullptr;
  Loan* const loan = loan_of(pages, size);
  loan->pages = pages;
  loan->older = latest;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  latest = loan;
  return pages;
}

void give_back_pages(void* pages, std::size_t size) noexcept {
  const Loan* const loan = loan_of(pages, size);
  Loan** link = &latest;
  while (*link != nullptr && *link != loan) link = &(*link)->older;
  if (*link != nullptr) *link = loan->older;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  unmap(loan);
}

void give_back_all_pages() noexcept {
  while (latest != nullptr) {
    const Loan* const loan = latest;
    latest = loan->older;
    unmap(loan);
  }
}

}  // namespace padlock::runtime
