# Builds that watch the tests rather than serve users: sanitizers and coverage. The preloadable library
# is left out of them (two allocators cannot both own malloc, and profiling allocates); all layers that
# it is made of are tested as objects.
set(PADLOCK_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
option(PADLOCK_COVERAGE "Source-based coverage (clang)" OFF)

set(PADLOCK_PRELOADABLE ON)
if(PADLOCK_SANITIZE)
  set(PADLOCK_PRELOADABLE OFF)
  add_compile_options(-fsanitize=${PADLOCK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PADLOCK_SANITIZE})
endif()
if(PADLOCK_COVERAGE)
  set(PADLOCK_PRELOADABLE OFF)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "PADLOCK_COVERAGE needs clang")
  endif()
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
