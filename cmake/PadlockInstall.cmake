# `cmake --install`: the command, both libraries, the headers, and a package for find_package(padlock).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/padlock)

if(TARGET padlock_preload)
  install(TARGETS padlock_preload LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  # Where gdb looks for what belongs to a library, and trusts it.
  install(FILES $<TARGET_FILE:padlock_preload>-gdb.py
          DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load/${CMAKE_INSTALL_FULL_LIBDIR})
endif()
if(TARGET padlock_static)
  install(TARGETS padlock_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/include/padlock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/padlock-config.cmake.in ${PROJECT_BINARY_DIR}/padlock-config.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/padlock-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/padlock-config.cmake ${PROJECT_BINARY_DIR}/padlock-config-version.cmake
  DESTINATION ${package_dir})
