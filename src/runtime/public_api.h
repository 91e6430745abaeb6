// padlock.h, for use inside Padlock. In C a struct and a function may share a name; g++'s -Wshadow minds.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <padlock/padlock.h>
#pragma GCC diagnostic pop
