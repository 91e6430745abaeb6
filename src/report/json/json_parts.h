// What reports are made of, as JSON objects. docs/report.schema.json is the grammar.
#pragma once

#include <string_view>

#include "report/json/json_writer.h"
#include "report/report.h"

namespace padlock::report {

inline constexpr std::uint64_t kJsonSchemaVersion = 1;

// Each is one member of the object that is open; nothing is written where the report has nothing for it.

/// "schema_version", "process", "kind".
void json_begin(std::string_view kind, std::int32_t process, JsonWriter& out) noexcept;
void json_block(std::string_view name, const core::BlockSnapshot& block, JsonWriter& out) noexcept;
/// "corruption", with the bytes found and expected.
void json_corruption(const core::Fault& fault, JsonWriter& out) noexcept;
/// "access": what was trapped or stopped.
void json_access(const core::Fault& fault, JsonWriter& out) noexcept;
/// "signal": that the program was about to end by.
void json_ending(const EndingSignal& ending, JsonWriter& out) noexcept;
/// "value": what was read and then used.
void json_value(const core::Fault& fault, JsonWriter& out) noexcept;
/// "location", "pointer".
void json_place(const Report& report, JsonWriter& out) noexcept;

/// "hash", "summary" and "culprit": the program's own frame in `stack`.
void json_culprit(std::string_view kind, std::string_view role, const Stack& stack, JsonWriter& out) noexcept;
/// An element of a list of stacks; `thread` may be null. Frames that do not fit are counted in
/// "frames_omitted".
void json_stack(std::string_view role, const Thread* thread, const Stack& stack, JsonWriter& out) noexcept;

}  // namespace padlock::report
