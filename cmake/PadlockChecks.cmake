# The rules of the source tree, as tests; ./dev lint runs the same scripts.
set(PADLOCK_CHECKS ${PROJECT_SOURCE_DIR}/.ci/checks)
foreach(check documents layers system_headers conditionals lengths system_calls)
  add_test(NAME check.${check} COMMAND ${PADLOCK_CHECKS}/${check}.sh ${PROJECT_SOURCE_DIR})
endforeach()
add_test(NAME check.selftest COMMAND ${PADLOCK_CHECKS}/selftest.sh)
# Sanitizers and coverage put calls of their own into every object.
if(PADLOCK_PRELOADABLE AND TARGET padlock_core)
  add_test(NAME check.core_symbols COMMAND ${PADLOCK_CHECKS}/core_symbols.sh $<TARGET_OBJECTS:padlock_core>
           COMMAND_EXPAND_LISTS)
endif()
if(PADLOCK_PRELOADABLE AND TARGET padlock_preload)
  foreach(layer arch core os trace options report ${PADLOCK_RUNTIME} edge edge_shared)
    list(APPEND PADLOCK_OWN_OBJECTS $<TARGET_OBJECTS:padlock_${layer}>)
  endforeach()
  add_test(NAME check.outside_symbols
           COMMAND ${PADLOCK_CHECKS}/outside_symbols.sh $<TARGET_FILE:padlock_preload> ${PADLOCK_OWN_OBJECTS}
           COMMAND_EXPAND_LISTS)
endif()
