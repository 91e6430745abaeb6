// Reports faults: one at a time, the first one first; then calls the program's callback and ends the process,
// or not, as the options say. A report that has begun is finished: the thread that writes it takes no signals
// in the meantime, and everything else that would end the process waits for it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/text.h"
#include "core/fault.h"
#include "os/lock.h"
#include "padlock/padlock.h"
#include "report/forms/forms.h"
#include "report/sink.h"
#include "runtime/reporting/repeats.h"
#include "runtime/reporting/report_builder.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime {

class CallbackText;

/// A report that is longer than a buffer, in pieces.
class LongReport {
 public:
  /// The next piece; false where there is none left.
  virtual bool write_next(TextWriter& out, const report::Renderer& form) = 0;
  /// Back to the first piece, for another form.
  virtual void rewind() noexcept = 0;

 protected:
  ~LongReport() = default;
};

class Reporter {
 public:
  constexpr Reporter() noexcept = default;

  void configure(const options::Options& options) noexcept { sink_.configure(options); }

  /// What was reported before is passed over; what is like one that was reported before is counted, where the
  /// program goes on after faults. Keeps errno. The caller holds no lock of the runtime, or
  /// its thread is inside (door.h). A fault on the thread that is just reporting one gets a short
  /// line. The callback runs when the report is finished, on this thread, without a lock; a fault of its own
  /// is reported without calling it again.
  void report(const core::Fault& found, const trace::FrameState& from) noexcept;

  /// Faults that nobody can report any more, since there was no room to keep them until now. Said at exit.
  void count_lost(std::uint64_t faults) noexcept {
    if (faults == 0) return;
    faults_.fetch_add(faults, std::memory_order_relaxed);
    lost_.fetch_add(faults, std::memory_order_relaxed);
  }

  /// A report that is no fault's: nothing ends the process, and nothing is counted. Waits for its turn as
  /// others do; left out where the thread is just reporting something, or the process ends because of a
  /// report.
  void report_at_length(LongReport& pieces) noexcept;

  /// padlock_describe: true if a block holds the address.
  bool describe(const void* address) noexcept;

  padlock_fault_callback set_callback(padlock_fault_callback callback, void* context) noexcept;

  /// For all that is about to end the process (exit, _exit, a fatal signal): waits until other threads have
  /// reported what they have found by now, and the report that one is writing is finished, no longer than a
  /// report can take. If the process is to end
  /// because of a report, it does so here and does not return. Returns at once to the thread that reports,
  /// is in the callback, or is ending the process.
  void wait_until_finished() noexcept;

  /// A signal that the thread raised while it was reporting: one line, written without a lock, once.
  void say_own_crash(int signal, std::uintptr_t address, std::uintptr_t pc) noexcept;

  /// At exit: a line for each rule that has suppressed something.
  void say_suppressed() noexcept;

  /// A line of Padlock's own, to where reports go.
  void say(std::string_view line) noexcept;

  /// Start-up, in the shared library: reports reach the standard streams that the process began with.
  void keep_streams() noexcept { sink_.keep_streams(); }
  [[nodiscard]] report::Streams& streams() noexcept { return sink_.streams(); }

  [[nodiscard]] bool busy_on_this_thread() const noexcept {
    return owner_.load(std::memory_order_relaxed) == &thread_slot;
  }
  /// A report is finished, and the process ends because of it.
  [[nodiscard]] bool is_ending_process() const noexcept { return ending_.load() != nullptr; }
  [[nodiscard]] std::uint64_t faults() const noexcept { return faults_.load(std::memory_order_relaxed); }

  /// In a forked child: a report that another thread was writing will never be finished, and the faults found
  /// so far are the parent's.
  void reset_after_fork() noexcept;

 private:
  class Turn;

  enum class Outcome : std::uint8_t { kReported, kPassedOver, kTooLate };

  Outcome report_in_turn(const core::Fault& fault, const trace::FrameState& from,
                         CallbackText& text) noexcept;
  bool is_suppressed(const core::Fault& fault, const trace::FrameState& from) noexcept;
  bool only_counted(const core::Fault& fault, const trace::FrameState& from) noexcept;
  void remember(const core::Fault& fault, const trace::FrameState& from) noexcept;
  void say_counts() noexcept;
  void wait_for_listed() noexcept;
  void write_report(const core::Fault& fault, const trace::FrameState& from) noexcept;
  void write_beside(const report::Report& report, const report::Renderer& json) noexcept;
  void keep_for_callback(const core::Fault& fault, CallbackText& text) noexcept;
  void report_briefly(const core::Fault& fault) noexcept;
  void end_process(const core::Fault& fault) noexcept;
  [[nodiscard]] bool wanted_by_callback() noexcept;
  [[nodiscard]] bool ends_elsewhere() const noexcept;
  void call_back(const core::Fault& fault, const CallbackText& text) noexcept;
  [[nodiscard]] std::int64_t longest_report_ms() const noexcept;
  ReportBuilder& builder() noexcept;

  os::Lock lock_;
  std::atomic<const ThreadSlot*> owner_{nullptr};   // the thread that writes a report
  std::atomic<const ThreadSlot*> ending_{nullptr};  // whose finished report ends the process
  std::atomic<std::uint64_t> faults_{0};
  std::atomic<std::uint64_t> lost_{0};
  Repeats repeats_;
  std::uint64_t reports_ = 0;
  std::uint64_t unreported_ = 0;  // for max_reports
  std::atomic<bool> crashed_{false};
  std::atomic<bool> calling_back_{false};  // before the end
  os::Lock callback_lock_;
  padlock_fault_callback callback_ = nullptr;
  void* context_ = nullptr;
  report::Sink sink_;
  // Static, since a report may be the last thing that memory is there for; constructed by the first report.
  bool built_ = false;
  alignas(ReportBuilder) std::byte builder_[sizeof(ReportBuilder)] = {};
  char text_[report::kReportCapacity] = {};
  char json_[report::kReportCapacity] = {};  // beside the text
};

extern constinit Reporter reporter;

}  // namespace padlock::runtime
