# How every Padlock target is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# What depends on the processor. The seal is a CRC-32C: one instruction on x86-64-v2 (2009 and later), a table
# elsewhere.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(PADLOCK_CRC32C_HEADER "core/crc32c/x86_64.h")
  set(PADLOCK_WIDE_HEADER "core/wide/x86_64.h")
  set(PADLOCK_ARCH_FLAGS -msse4.2)
else()
  set(PADLOCK_CRC32C_HEADER "core/crc32c/portable.h")
  set(PADLOCK_WIDE_HEADER "core/wide/portable.h")
  set(PADLOCK_ARCH_FLAGS "")
endif()

set(PADLOCK_OMIT "" CACHE STRING "seal, canary or poison: a library without it, to measure what it costs")

add_library(padlock_flags INTERFACE)
target_compile_options(padlock_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror ${PADLOCK_ARCH_FLAGS}
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
target_compile_definitions(padlock_flags INTERFACE
  PADLOCK_CRC32C_HEADER="${PADLOCK_CRC32C_HEADER}"
  PADLOCK_WIDE_HEADER="${PADLOCK_WIDE_HEADER}"
  PADLOCK_VERSION="${PROJECT_VERSION}"
  PADLOCK_OMITS_SEAL=$<STREQUAL:${PADLOCK_OMIT},seal>
  PADLOCK_OMITS_CANARY=$<STREQUAL:${PADLOCK_OMIT},canary>
  PADLOCK_OMITS_POISON=$<STREQUAL:${PADLOCK_OMIT},poison>)
target_include_directories(padlock_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/include)

# padlock_layer(name source...): the object library `padlock_<name>` of one layer.
function(padlock_layer name)
  add_library(padlock_${name} OBJECT ${ARGN})
  target_link_libraries(padlock_${name} PUBLIC padlock_flags)
endfunction()
