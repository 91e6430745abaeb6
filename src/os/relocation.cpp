// The pointer that shows whether this module has been relocated.
#include "os/relocation.h"

namespace padlock::os::detail {

const volatile void* const volatile own_place = &own_place;

}  // namespace padlock::os::detail
