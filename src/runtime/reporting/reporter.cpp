// How a report comes about, and which threads wait for it.
#include "runtime/reporting/reporter.h"

#include <new>
#include <optional>

#include "os/clock.h"
#include "os/errno_keeper.h"
#include "os/signals_blocked.h"
#include "os/thread.h"
#include "padlock/padlock.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pointer_class.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/callback_text.h"
#include "runtime/reporting/pinpoint_line.h"
#include "runtime/reporting/reported.h"
#include "runtime/reporting/suppressions.h"
#include "runtime/reporting/unwritten_output.h"
#include "runtime/threads/fault_list.h"

// Of the edge, for debuggers; absent where the runtime is linked without it.
#pragma weak padlock_report_break

namespace padlock::runtime {

constinit Reporter reporter;

namespace {

constexpr std::int64_t kRestMs = 2000;      // for all of a report but its names
constexpr std::int64_t kCallbackMs = 2000;  // for the callback, when another thread wants to end the process

// Waits for `condition`, no longer than so many milliseconds; whether it came.
template <typename Condition>
bool wait_for(Condition condition, std::int64_t milliseconds) noexcept {
  const std::int64_t end = os::monotonic_ms() + milliseconds;
  while (!condition()) {
    if (os::monotonic_ms() >= end) return false;
    os::sleep_ms(1);
  }
  return true;
}

void tell_debugger(const core::Fault& fault) noexcept {
  if (padlock_report_break == nullptr) return;
  padlock_report_break(core::to_string(fault.kind), reinterpret_cast<const void*>(fault.address),
                       reinterpret_cast<const void*>(fault.block.user));
}

}  // namespace

// Holds the reporter for the calling thread, if its turn comes within the time that a report may take.
class Reporter::Turn {
 public:
  explicit Turn(Reporter& of) noexcept
      : reporter_(of), granted_(of.lock_.try_lock_for(of.longest_report_ms())) {
    if (granted_) reporter_.owner_.store(&thread_slot, std::memory_order_release);
  }
  ~Turn() {
    if (!granted_) return;
    reporter_.owner_.store(nullptr, std::memory_order_release);
    reporter_.lock_.unlock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  [[nodiscard]] bool granted() const noexcept { return granted_; }

 private:
  Reporter& reporter_;
  bool granted_;
  os::ErrnoKeeper errno_;
  ActivityScope activity_{Activity::kReporting};
};

void Reporter::report(const core::Fault& found, const trace::FrameState& from) noexcept {
  const os::ErrnoKeeper keeper;
  CallbackText text;
  // Where the thread is inside the allocator it may hold a lock, and the callback must not come in again.
  const Activity in_callback = thread_slot.is_inside() ? Activity::kPrivate : Activity::kNothing;
  std::optional<os::SignalsBlocked> quiet(std::in_place);
  if (busy_on_this_thread()) return report_briefly(found);
  core::Fault fault = found;
  classify_pointer(fault);
  const Outcome outcome = report_in_turn(fault, from, text);
  if (outcome == Outcome::kPassedOver) return;
  if (outcome == Outcome::kTooLate) return end_process(fault);
  const bool ends = sink_.ending() != report::Ending::kGoOn;
  if (!ends) quiet.reset();
  if (text.kept()) {
    const ActivityScope scope(in_callback);
    call_back(fault, text);
    calling_back_ = false;
  }
  tell_debugger(fault);
  if (!ends) return;
  const ActivityScope scope(in_callback);  // the program's SIGABRT handler may allocate, too
  end_process(fault);
}

// A report that began now would be cut by the end of the process. While the callback runs there is time for
// it.
bool Reporter::ends_elsewhere() const noexcept {
  const auto* const first = ending_.load();
  return first != nullptr && first != &thread_slot && !calling_back_;
}

Reporter::Outcome Reporter::report_in_turn(const core::Fault& fault, const trace::FrameState& from,
                                           CallbackText& text) noexcept {
  const Turn turn(*this);
  if (!turn.granted()) {
    report_briefly(fault);
    return Outcome::kPassedOver;
  }
  if (ends_elsewhere()) return Outcome::kTooLate;
  if (!reported_faults.add(fault, from.pc)) return Outcome::kPassedOver;
  if (is_suppressed(fault, from)) return Outcome::kPassedOver;
  faults_.fetch_add(1, std::memory_order_relaxed);
  if (only_counted(fault, from)) return Outcome::kPassedOver;
  ++reports_;
  write_report(fault, from);
  remember(fault, from);
  if (wanted_by_callback()) keep_for_callback(fault, text);
  const ThreadSlot* none = nullptr;
  if (sink_.ending() != report::Ending::kGoOn && ending_.compare_exchange_strong(none, &thread_slot)) {
    calling_back_ = text.kept();
  }
  return Outcome::kReported;
}

// In words, whatever the form of the report is.
void Reporter::keep_for_callback(const core::Fault& fault, CallbackText& text) noexcept {
  char buffer[672];  // begin() holds some of it back
  TextWriter line(buffer);
  report::TextRenderer().begin(fault, os::process_id(), line);
  text.keep(line.view().substr(0, line.view().find('\n')), text_);
}

// The rules match names, so these are looked up before the first line is written; where there are rules for
// the kind only.
bool Reporter::is_suppressed(const core::Fault& fault, const trace::FrameState& from) noexcept {
  if (!suppressions.has(core::to_string(fault.kind))) return false;
  ReportBuilder& build = builder();
  build.fill(fault, from);
  build.add_names();
  Suppression* const rule = suppressions.find(build.report());
  if (rule == nullptr) return false;
  if (leaves_heap_intact(fault)) {
    rule->count.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  char buffer[600];
  TextWriter line(buffer);
  line.append("==").signed_decimal(os::process_id()).append("==WARNING: Padlock: suppressions: ");
  line.append(rule->kind).append(':').printable(rule->pattern);
  line.append(": not applied to the report that follows: the program could not go on with a sound heap\n");
  say(line.view());
  return false;
}

bool Reporter::only_counted(const core::Fault& fault, const trace::FrameState& from) noexcept {
  if (sink_.ending() != report::Ending::kGoOn) return false;
  if (settings.options.report_once && repeats_.knows_site(fault.kind, from.pc) &&
      repeats_.count(fault, builder().walk(from))) {
    return true;
  }
  const auto limit = static_cast<std::uint64_t>(settings.options.max_reports);
  if (limit == 0 || reports_ < limit) return false;
  ++unreported_;
  return true;
}

void Reporter::remember(const core::Fault& fault, const trace::FrameState& from) noexcept {
  if (sink_.ending() != report::Ending::kGoOn || !settings.options.report_once) return;
  char words[160];
  TextWriter place(words);
  builder().describe_place(place);
  repeats_.add(fault, builder().walk(from), place.view());
}

void Reporter::say_counts() noexcept {
  if (faults() == 0) return;
  const os::SignalsBlocked quiet;
  const Turn turn(*this);
  if (!turn.granted()) return;
  TextWriter text(text_);
  repeats_.describe(os::process_id(), text);
  if (unreported_ != 0) {
    text.append("==")
        .signed_decimal(os::process_id())
        .append("==Padlock: max_reports was reached: faults not reported: ");
    text.decimal(unreported_).append('\n');
  }
  unreported_ = 0;
  if (const std::uint64_t lost = lost_.exchange(0, std::memory_order_relaxed); lost != 0) {
    text.append("==").signed_decimal(os::process_id());
    text.append("==Padlock: no memory to keep them until they could be reported: faults lost: ");
    text.decimal(lost).append('\n');
  }
  if (text.size() != 0) sink_.write(text.view(), os::process_id());
}

// What is known is written before anything else is tried: should the process break now, it is not lost.
void Reporter::write_report(const core::Fault& fault, const trace::FrameState& from) noexcept {
  const report::Sink::Piece piece(sink_, os::process_id(), longest_report_ms());
  TextWriter text(std::span<char>(text_, sizeof text_ - 1));
  std::size_t written = 0;
  const report::Forms forms(sink_.style());
  const report::Renderer& form = forms.of(settings.options.report_format);
  const auto write = [&](bool whole) {
    if (form.is_one_line() && !whole) return;
    sink_.write(text.view().substr(written), os::process_id());
    written = text.size();
  };
  form.begin(fault, os::process_id(), text);
  write(false);
  ReportBuilder& build = builder();
  build.fill(fault, from);
  write_pinpoint_line(build.report().fault);
  form.write_head(build.report(), text);
  write(false);
  build.add_names();
  form.write_tail(build.report(), text);
  write(true);
  if (sink_.has_json_file()) write_beside(build.report(), forms.json());
  text_[text.size()] = '\0';
}

void Reporter::write_beside(const report::Report& report, const report::Renderer& json) noexcept {
  TextWriter line(json_);
  json.begin(report.fault, report.process, line);
  json.write_head(report, line);
  json.write_tail(report, line);
  sink_.write_json(line.view(), report.process, longest_report_ms());
}

void Reporter::end_process(const core::Fault& fault) noexcept {
  const auto* const first = ending_.load();
  if (first != nullptr && first != &thread_slot) {
    wait_for([] { return false; }, kCallbackMs);  // the thread of the first report ends the process
  }
  if (fault.moment == core::Moment::kExit) flush_unwritten_output();
  sink_.end_process();
}

// What they find from now on is not waited for, or this might never end. A handler may have interrupted this
// thread while it had faults to report: they cannot be waited for either.
void Reporter::wait_for_listed() noexcept {
  const std::uint64_t wanted = listed_faults.kept();
  for (bool goes_on = thread_slot.is_idle(); goes_on;) {
    const std::uint64_t finished = listed_faults.finished();
    if (finished >= wanted || ending_.load() != nullptr) return;
    const bool writes = owner_.load(std::memory_order_acquire) != nullptr;
    goes_on = wait_for([&] { return listed_faults.finished() != finished || ending_.load() != nullptr; },
                       writes ? longest_report_ms() : kCallbackMs);
  }
}

void Reporter::wait_until_finished() noexcept {
  if (busy_on_this_thread() || thread_slot.in_callback || ending_.load() == &thread_slot) return;
  wait_for_listed();
  wait_for([this] { return owner_.load(std::memory_order_acquire) == nullptr; }, longest_report_ms());
  if (ending_.load() == nullptr) return say_counts();
  wait_for([] { return false; }, kCallbackMs);
  sink_.end_process();
}

std::int64_t Reporter::longest_report_ms() const noexcept {
  return settings.options.symbolize_timeout_ms + kRestMs;
}

void Reporter::report_briefly(const core::Fault& fault) noexcept {
  faults_.fetch_add(1, std::memory_order_relaxed);
  char buffer[report::JsonRenderer::kAloneRoom];
  TextWriter line(buffer);
  if (settings.options.report_format == options::ReportFormat::kJson) {
    report::JsonRenderer().write_alone(fault, os::process_id(), line);
  } else {
    line.append("==").signed_decimal(os::process_id()).append("==ERROR: Padlock: ");
    line.append(core::to_string(fault.kind)).append(": found while another fault was being reported\n");
  }
  sink_.write(line.view(), os::process_id());
  sink_.end_process();
}

void Reporter::say_own_crash(int signal, std::uintptr_t address, std::uintptr_t pc) noexcept {
  if (crashed_.exchange(true)) return;
  char buffer[200];
  TextWriter line(buffer);
  line.append("==").signed_decimal(os::process_id()).append("==Padlock: signal ").signed_decimal(signal);
  line.append(" at ").address(address).append(", pc ").address(pc);
  line.append(", while a fault was being reported: the report is cut\n");
  sink_.write(line.view(), os::process_id());
}

ReportBuilder& Reporter::builder() noexcept {
  if (!built_) new (builder_) ReportBuilder;
  built_ = true;
  return *std::launder(reinterpret_cast<ReportBuilder*>(builder_));
}

// A callback that runs may cause faults itself, on threads that it starts and waits for too.
bool Reporter::wanted_by_callback() noexcept {
  if (thread_slot.in_callback || ending_.load() != nullptr) return false;
  const os::LockGuard guard(callback_lock_);
  return callback_ != nullptr;
}

void Reporter::call_back(const core::Fault& fault, const CallbackText& text) noexcept {
  padlock_fault_callback callback = nullptr;
  void* context = nullptr;
  {
    const os::LockGuard guard(callback_lock_);
    callback = callback_;
    context = context_;
  }
  if (callback == nullptr) return;
  padlock_fault told = {};
  told.version = PADLOCK_FAULT_VERSION;
  told.size = sizeof told;
  told.kind = core::to_string(fault.kind);
  told.summary = text.summary();
  told.report = text.report();
  told.address = reinterpret_cast<const void*>(fault.address);
  told.block = reinterpret_cast<const void*>(fault.block.user);
  told.requested = fault.block.requested;
  told.damage_offset = fault.damage.offset;
  told.damage_length = fault.damage.length;
  told.call = core::to_string(fault.call);
  thread_slot.in_callback = true;
  callback(&told, context);
  thread_slot.in_callback = false;
}

padlock_fault_callback Reporter::set_callback(padlock_fault_callback callback, void* context) noexcept {
  const os::LockGuard guard(callback_lock_);
  const padlock_fault_callback former = callback_;
  callback_ = callback;
  context_ = context;
  return former;
}

bool Reporter::describe(const void* address) noexcept {
  if (busy_on_this_thread()) return false;
  const os::SignalsBlocked quiet;
  const Turn turn(*this);
  if (!turn.granted()) return false;
  core::Fault fault;
  fault.address = reinterpret_cast<std::uintptr_t>(address);
  fault.block = runtime::find_block(fault.address);
  ReportBuilder& build = builder();
  build.fill(fault, {});
  build.add_names();
  TextWriter text(text_);
  report::TextRenderer(sink_.style()).describe(build.report(), text);
  sink_.write(text.view(), build.report().process);
  return fault.block.present();
}

void Reporter::report_at_length(LongReport& pieces) noexcept {
  if (busy_on_this_thread()) return;
  const os::SignalsBlocked quiet;
  const Turn turn(*this);
  if (!turn.granted() || ends_elsewhere()) return;
  const std::int32_t process = os::process_id();
  const report::Sink::Piece piece(sink_, process, longest_report_ms());
  const report::Forms forms(sink_.style());
  bool more = true;
  while (more) {
    TextWriter text(text_);
    more = pieces.write_next(text, forms.of(settings.options.report_format));
    sink_.write(text.view(), process);
  }
  if (!sink_.has_json_file()) return;
  pieces.rewind();
  for (more = true; more;) {
    TextWriter lines(json_);
    more = pieces.write_next(lines, forms.json());
    sink_.write_json(lines.view(), process, longest_report_ms());
  }
}

void Reporter::say_suppressed() noexcept {
  suppressions.for_each([this](const Suppression& rule) {
    const std::uint64_t count = rule.count.load(std::memory_order_relaxed);
    if (count == 0) return;
    char buffer[1024];
    TextWriter line(buffer);
    line.append("==").signed_decimal(os::process_id()).append("==Padlock: suppressed by ");
    line.append(rule.kind).append(':').printable(rule.pattern.substr(0, 800)).append(": ");
    if (const std::uint64_t bytes = rule.bytes.load(std::memory_order_relaxed); bytes != 0) {
      line.counted(bytes, "byte").append(" in ").counted(count, "block");
    } else {
      line.counted(count, "report");
    }
    line.append('\n');
    say(line.view());
  });
}

void Reporter::say(std::string_view line) noexcept { sink_.write(line, os::process_id()); }

void Reporter::reset_after_fork() noexcept {
  faults_.store(0, std::memory_order_relaxed);
  streams().after_fork();
  callback_lock_.reset_after_fork();
  repeats_.clear();
  suppressions.forget_counts();
  reports_ = unreported_ = 0;
  lost_.store(0, std::memory_order_relaxed);
  listed_faults.reset_after_fork();
  if (!thread_slot.in_callback) {
    ending_.store(nullptr);
    calling_back_ = false;
  }
  if (busy_on_this_thread()) return;
  owner_.store(nullptr, std::memory_order_relaxed);
  lock_.reset_after_fork();
}

}  // namespace padlock::runtime
