// Reporting.
#include "runtime/reporter.h"

#include <mutex>
#include <new>

#include "os/errno_keeper.h"
#include "os/thread.h"
#include "runtime/exit.h"
#include "runtime/find_block.h"
#include "runtime/reported.h"

namespace padlock::runtime {

constinit Reporter reporter;

/// Holds the reporter for the calling thread.
class Reporter::Turn {
 public:
  explicit Turn(Reporter& of) noexcept : reporter_(of) {
    reporter_.lock_.lock();
    reporter_.owner_.store(&thread_slot, std::memory_order_relaxed);
  }
  ~Turn() {
    reporter_.owner_.store(nullptr, std::memory_order_relaxed);
    reporter_.lock_.unlock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Reporter& reporter_;
  os::ErrnoKeeper errno_;
  ActivityScope activity_{Activity::kReporting};
};

void Reporter::report(const core::Fault& fault, const trace::FrameState& from) noexcept {
  if (busy_on_this_thread()) return report_briefly(fault);
  // Where the thread is inside the allocator it may hold a lock, and the callback must not come in again.
  const Activity in_callback =
      thread_slot.activity == Activity::kInside ? Activity::kPrivate : Activity::kIdle;
  const Turn turn(*this);
  if (!reported_faults.add(fault, from.pc)) return;
  report_in_turn(fault, from, in_callback);
}

void Reporter::report_in_turn(const core::Fault& fault, const trace::FrameState& from,
                              Activity in_callback) noexcept {
  faults_.fetch_add(1, std::memory_order_relaxed);
  ReportBuilder& build = builder();
  build.fill(fault, from);
  const report::Report& report = build.report();
  const report::Style style = sink_.style();
  options::TextWriter text(std::span<char>(text_, sizeof text_ - 1));
  report::render_head(report, build.diagnosis(), style, text);
  // What is known without a symbolizer is written before one is asked.
  const std::size_t head = text.size();
  sink_.write(text.view(), report.process);
  build.add_names();
  report::render_tail(report, build.diagnosis(), style, text);
  sink_.write(text.view().substr(head), report.process);
  text_[text.size()] = '\0';
  call_back(report.fault, in_callback);
  end_process(report.fault);
}

void Reporter::end_process(const core::Fault& fault) const noexcept {
  if (sink_.ending() == report::Ending::kGoOn) return;
  if (fault.moment == core::Moment::kExit) flush_unwritten_output();
  sink_.end_process();
}

void Reporter::report_briefly(const core::Fault& fault) noexcept {
  const os::ErrnoKeeper keeper;
  faults_.fetch_add(1, std::memory_order_relaxed);
  char buffer[200];
  options::TextWriter line(buffer);
  line.append("==").signed_decimal(os::process_id()).append("==ERROR: Padlock: ");
  line.append(core::to_string(fault.kind)).append(": found while another fault was being reported\n");
  sink_.write(line.view(), os::process_id());
  end_process(fault);
}

ReportBuilder& Reporter::builder() noexcept {
  if (!built_) new (builder_) ReportBuilder;
  built_ = true;
  return *std::launder(reinterpret_cast<ReportBuilder*>(builder_));
}

void Reporter::call_back(const core::Fault& fault, Activity activity) noexcept {
  padlock_fault_callback callback = nullptr;
  void* context = nullptr;
  {
    const std::lock_guard guard(callback_lock_);
    callback = callback_;
    context = context_;
  }
  if (callback == nullptr) return;
  char summary[512];
  options::TextWriter line(std::span<char>(summary, sizeof summary));
  const std::string_view text(text_);
  line.append(text.substr(0, text.find('\n')));
  padlock_fault told = {};
  told.version = PADLOCK_FAULT_VERSION;
  told.size = sizeof told;
  told.kind = core::to_string(fault.kind);
  told.summary = line.c_str();
  told.report = text_;
  told.address = reinterpret_cast<const void*>(fault.address);
  told.block = reinterpret_cast<const void*>(fault.block.user);
  told.requested = fault.block.requested;
  told.damage_offset = fault.damage.offset;
  told.damage_length = fault.damage.length;
  const ActivityScope scope(activity);
  callback(&told, context);
}

padlock_fault_callback Reporter::set_callback(padlock_fault_callback callback, void* context) noexcept {
  const std::lock_guard guard(callback_lock_);
  const padlock_fault_callback former = callback_;
  callback_ = callback;
  context_ = context;
  return former;
}

bool Reporter::describe(const void* address) noexcept {
  if (busy_on_this_thread()) return false;  // asked by the callback: the report is what is known
  const Turn turn(*this);
  core::Fault fault;
  fault.address = reinterpret_cast<std::uintptr_t>(address);
  fault.block = runtime::find_block(fault.address);
  ReportBuilder& build = builder();
  build.fill(fault, {});
  build.add_names();
  options::TextWriter text(text_);
  report::render_description(build.report(), sink_.style(), text);
  sink_.write(text.view(), build.report().process);
  return fault.block.present();
}

void Reporter::say(std::string_view line) noexcept { sink_.write(line, os::process_id()); }

void Reporter::reset_after_fork() noexcept {
  callback_lock_.reset_after_fork();
  if (busy_on_this_thread()) return;
  owner_.store(nullptr, std::memory_order_relaxed);
  lock_.reset_after_fork();
}

}  // namespace padlock::runtime
