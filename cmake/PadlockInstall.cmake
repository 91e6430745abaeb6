# `cmake --install` and CPack: the command, both libraries, the headers, packages for find_package(padlock) and pkg-config,
# the manual page and completions. And the names that programs link by, which are the same in the build tree of a project
# that adds this one as a subdirectory.
include(CMakePackageConfigHelpers)
find_package(Threads REQUIRED)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/padlock)

add_library(padlock_headers INTERFACE)
target_include_directories(padlock_headers INTERFACE ${PROJECT_SOURCE_DIR}/src/include)
target_compile_features(padlock_headers INTERFACE cxx_std_20)
target_link_libraries(padlock_static INTERFACE padlock_headers Threads::Threads ${CMAKE_DL_LIBS})
add_library(padlock::headers ALIAS padlock_headers)
add_library(padlock::padlock ALIAS padlock_static)
add_library(padlock::preload ALIAS padlock_preload)
add_executable(padlock::command ALIAS padlock_command)
if(NOT PROJECT_IS_TOP_LEVEL)
  include(${CMAKE_CURRENT_LIST_DIR}/PadlockTest.cmake)
endif()

install(TARGETS padlock_preload LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# Where gdb looks for what belongs to a library, and trusts it.
install(CODE "file(INSTALL \"$<TARGET_FILE:padlock_preload>-gdb.py\" DESTINATION
  \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/gdb/auto-load/\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}\")")
install(TARGETS padlock_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/include/padlock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/padlock-config.cmake.in ${PROJECT_BINARY_DIR}/padlock-config.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/padlock-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/padlock-config.cmake ${PROJECT_BINARY_DIR}/padlock-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/PadlockTest.cmake
  DESTINATION ${package_dir})

set(packaging ${PROJECT_SOURCE_DIR}/packaging)
file(RELATIVE_PATH PADLOCK_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" PADLOCK_PC_TO_PREFIX "${PADLOCK_PC_TO_PREFIX}")
configure_file(${packaging}/padlock.pc.in ${PROJECT_BINARY_DIR}/padlock.pc @ONLY)
configure_file(${packaging}/padlock.1.in ${PROJECT_BINARY_DIR}/padlock.1 @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/padlock.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/padlock.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${packaging}/padlock.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME padlock)
install(FILES ${packaging}/_padlock DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES
  README.md SECURITY.md CHANGELOG.md CONTRIBUTING.md LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Where the links of README lead.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
  FILES_MATCHING PATTERN "*.md" PATTERN "*.json" PATTERN performance EXCLUDE)

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME padlock)
set(CPACK_PACKAGE_CONTACT "The Padlock authors <padlock@localhost>")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF)  # names of the frames that a report shows
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS OFF)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libc6-dbg)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "debug heap allocator that finds heap bugs in programs as they are
 Padlock locks the padding behind every heap block, seals every block's
 metadata, holds freed blocks in quarantine and fills them with poison. When
 something broke the heap it reports what, which block, who allocated it and
 who freed it. Programs need not be built again.")
include(CPack)
