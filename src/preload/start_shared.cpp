// What the shared library does at start-up beyond what both libraries do (malloc.cpp).
#include "preload/pass_through.h"

namespace {

[[gnu::constructor(102)]] void start() { padlock::preload::resolve_pass_throughs(); }

}  // namespace
