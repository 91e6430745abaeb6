# header_example(header extension): the program in the first comment of a public header, between "Example:" and the next
# line that is not indented, compiled, linked with libpadlock.a and run. What it writes is what the comment behind its
# puts() says.
function(header_example header extension)
  set(path ${PROJECT_SOURCE_DIR}/src/include/padlock/${header})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} text)
  string(REGEX MATCH " Example:\n(//| \\*)\n(((//| \\*)(     [^\n]*)?\n)+)" found "${text}")
  set(program "\n${CMAKE_MATCH_2}")
  string(REGEX MATCH "puts\\([^\n]*;  // ([^\n]*)\n" found "${program}")
  set(expected "${CMAKE_MATCH_1}")
  if(expected STREQUAL "")
    message(FATAL_ERROR "${path}: its first comment holds no example that says what it prints")
  endif()
  string(REGEX REPLACE "\n(//| \\*)(     )?" "\n" program "${program}")

  string(MAKE_C_IDENTIFIER example_${header} name)
  file(CONFIGURE OUTPUT ${name}.${extension} CONTENT "${program}" @ONLY)
  add_executable(${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}.${extension})
  # Examples do what a compiler that optimizes would warn of, or leave out.
  target_compile_options(${name} PRIVATE -O0)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src/include)
  target_link_libraries(${name} PRIVATE padlock_static)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/package)
  add_test(NAME package.example.${header}
           COMMAND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/prints.sh ${expected} $<TARGET_FILE:${name}>)
  set_tests_properties(package.example.${header} PROPERTIES TIMEOUT 60)
endfunction()
