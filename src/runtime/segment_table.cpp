// The one segment table.
#include "runtime/segment_table.h"

namespace padlock::runtime {

constinit SegmentTable segment_table;

}  // namespace padlock::runtime
