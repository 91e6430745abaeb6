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
  # Beside sanitizers gcc takes parts of std::regex for uninitialized (its documentation says that this warning errs there).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  # gcc takes the flags of `add thread_slot@gottpoff(%rip), %rax` for its check that the address of thread-local data is
  # not null. The linker makes a `lea` of the addition, which sets no flags: what was compared before decides.
  if(PADLOCK_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fno-sanitize=null)
  endif()
endif()
if(PADLOCK_COVERAGE)
  set(PADLOCK_PRELOADABLE OFF)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "PADLOCK_COVERAGE needs clang")
  endif()
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
