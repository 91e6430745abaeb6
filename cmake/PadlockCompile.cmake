# How every Padlock target is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# What depends on the processor lies in src/arch/${PADLOCK_ARCH}: its headers, sources, and flags.cmake.
set(PADLOCK_ARCH ${CMAKE_SYSTEM_PROCESSOR} CACHE STRING "The folder under src/arch of the processor to build for")
if(NOT EXISTS ${PROJECT_SOURCE_DIR}/src/arch/${PADLOCK_ARCH}/flags.cmake)
  message(FATAL_ERROR "Padlock does not know the processor ${PADLOCK_ARCH}: there is no src/arch/${PADLOCK_ARCH}")
endif()
include(${PROJECT_SOURCE_DIR}/src/arch/${PADLOCK_ARCH}/flags.cmake)

# For ./dev mutants: how Padlock and its unit tests are compiled, where that differs from the programs that they are tried on.
set(PADLOCK_OWN_OPTIONS "" CACHE STRING "Further options of the compiler for all but test programs")

add_library(padlock_flags INTERFACE)
target_compile_options(padlock_flags INTERFACE
  $<$<BOOL:${PROJECT_IS_TOP_LEVEL}>:-Wall;-Wextra;-Wconversion;-Wshadow;-Werror> ${PADLOCK_ARCH_FLAGS} ${PADLOCK_OWN_OPTIONS}
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety>)
target_compile_definitions(padlock_flags INTERFACE
  PADLOCK_VERSION="${PROJECT_VERSION}")
target_include_directories(padlock_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/arch/${PADLOCK_ARCH} ${PROJECT_SOURCE_DIR}/src/include)

# padlock_layer(name source...): the object library `padlock_<name>` of one layer.
function(padlock_layer name)
  add_library(padlock_${name} OBJECT ${ARGN})
  target_link_libraries(padlock_${name} PUBLIC padlock_flags)
endfunction()
