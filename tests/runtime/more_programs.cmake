# More programs, by the functions and variables of CMakeLists.txt: beside other allocators and tools, in children, by what is
# found of what, and by what reports advise.

# A program that Padlock is linked into needs no preloaded one, and is guarded all the same.
add_test(NAME runtime.linked_and_preloaded
         COMMAND sh -c "said=$(env ${preload} $<TARGET_FILE:trim_static> 2>&1); test $? = 0 && test -z \"$said\"")
add_test(NAME runtime.linked_and_preloaded.note
         COMMAND env ${preload} PADLOCK_OPTIONS=verbosity=1 ${CMAKE_CURRENT_SOURCE_DIR}/says.sh 0
                 "==Padlock: already guarded: Padlock is linked into the program, and the one that is preloaded steps aside"
                 $<TARGET_FILE:trim_static>)
add_test(NAME runtime.linked_and_preloaded.option
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/says_once.sh
                 "WARNING: Padlock: PADLOCK_OPTIONS: option 'soft_rss_limit_mb' is now called 'mapped_limit_mb'"
                 env ${preload} PADLOCK_OPTIONS=soft_rss_limit_mb=5000 $<TARGET_FILE:trim_static>)
add_test(NAME runtime.linked_and_preloaded.rules
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/says_once.sh
                 "WARNING: Padlock: suppressions: /nowhere: cannot be read, or is empty"
                 env ${preload} PADLOCK_OPTIONS=suppressions=/nowhere $<TARGET_FILE:trim_static>)
add_test(NAME runtime.linked_and_preloaded.help
         COMMAND sh -c "test $(env ${preload} PADLOCK_OPTIONS=help=1 $<TARGET_FILE:trim_static> 2>&1 | grep -c '^Options of PADLOCK_OPTIONS') = 1")
foreach(what "" .note .option .rules .help)
  set_tests_properties(runtime.linked_and_preloaded${what} PROPERTIES LABELS runtime TIMEOUT 120)
endforeach()

runtime_program(own_malloc own_malloc.cpp)
runtime_case(own_malloc 0 0 own_malloc "${preload}")
add_test(NAME runtime.own_malloc.warns
         COMMAND env ${preload} PADLOCK_OPTIONS=verbosity=1 ${CMAKE_CURRENT_SOURCE_DIR}/says_once.sh
                 "WARNING: Padlock: nothing is guarded: $<TARGET_FILE:own_malloc> has a malloc of its own, which comes before Padlock's"
                 $<TARGET_FILE:own_malloc>)
set_tests_properties(runtime.own_malloc.warns PROPERTIES LABELS runtime TIMEOUT 120)
# What was asked for was not done.
runtime_says(own_malloc.leaks 24 "WARNING: Padlock: leak check not possible: the process uses another malloc" own_malloc
  "${preload};PADLOCK_OPTIONS=detect_leaks=1")
runtime_program(glibc_extras glibc_extras.c)
runtime_case(glibc_extras 0 0 glibc_extras "${preload}")
# glibc's variables are for glibc's malloc.
runtime_case(glibc_extras.variables 0 0 glibc_extras
  "${preload};MALLOC_PERTURB_=165;MALLOC_ARENA_MAX=1;GLIBC_TUNABLES=glibc.malloc.perturb=165")

# Children in which the loader ignores LD_PRELOAD.
runtime_program(starts_program starts_program.c)
foreach(way spawn spawnp execv execvp execlp vfork_execve)
  add_test(NAME runtime.privileged_child.${way}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/privileged_child.sh $<TARGET_FILE:padlock_preload>
                   $<TARGET_FILE:starts_program> ${way})
  set_tests_properties(runtime.privileged_child.${way} PROPERTIES LABELS runtime TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()

foreach(way spawn spawnp execv execve execvp execvpe execl execlp execle execle_long vfork_execve)
  add_test(NAME runtime.foreign_child.${way}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/foreign_child.sh $<TARGET_FILE:padlock_preload>
                   $<TARGET_FILE:starts_program> ${way})
  set_tests_properties(runtime.foreign_child.${way} PROPERTIES LABELS runtime TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()

# Children that a sanitizer is built into: it works, and one line says that Padlock does not.
runtime_program(one_block one_block.c)
foreach(sanitizer address thread)
  runtime_program(sanitized_${sanitizer} one_block.c -fsanitize=${sanitizer})
  target_compile_options(sanitized_${sanitizer} PRIVATE -fsanitize=${sanitizer})
  runtime_says(sanitized.${sanitizer} 0 "^==[0-9]+==WARNING: Padlock: nothing is guarded: .*/sanitized_${sanitizer} "
    sanitized_${sanitizer} "${preload}")
endforeach()
# Valgrind 3.19 cannot read clang's debug information.
find_program(VALGRIND valgrind)
if(VALGRIND AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_test(NAME runtime.valgrind
           COMMAND env ${preload} ${CMAKE_CURRENT_SOURCE_DIR}/says_once.sh
                   "WARNING: Padlock: nothing is guarded: Valgrind has put a malloc of its own in the place of Padlock's"
                   ${VALGRIND} -q $<TARGET_FILE:one_block>)
  set_tests_properties(runtime.valgrind PROPERTIES LABELS runtime TIMEOUT 120)
endif()
runtime_program(excluded excluded.c Threads::Threads)
runtime_case(excluded 0 0 excluded "${preload};PADLOCK_OPTIONS=exclude='other:excluded'")
runtime_case(excluded.what_it_starts_is_not 134 1 excluded "${preload};PADLOCK_OPTIONS=exclude=excluded"
  $<TARGET_FILE:malloc_wrapper>)
runtime_program(malloc_wrapper malloc_wrapper.c ${CMAKE_DL_LIBS})
runtime_case(malloc_wrapper 134 1 malloc_wrapper "${preload}")

runtime_program(callback callback.c padlock_preload padlock_flags)
runtime_case(callback 99 1 callback "PADLOCK_OPTIONS=halt_on_error=0")
runtime_program(callback_call callback_call.c padlock_preload padlock_flags)
runtime_case(callback_call 99 6 callback_call "PADLOCK_OPTIONS=halt_on_error=0")

# One owner of blocks after the other: a cache, an arena's heap, the large blocks, the guarded ones.
runtime_program(contract contract.cpp padlock_preload padlock_flags)
target_compile_options(contract PRIVATE -fsized-deallocation)
foreach(owner cached:100:33 arena:40000:33 large:1000000:31)
  string(REPLACE ":" ";" owner ${owner})
  list(GET owner 0 name)
  list(GET owner 1 size)
  list(GET owner 2 reports)
  runtime_case(contract.${name} 99 ${reports} contract "PADLOCK_OPTIONS=halt_on_error=0:guard_per_site=0" ${size})
  runtime_case(contract.${name}.locked 99 ${reports} contract "PADLOCK_OPTIONS=halt_on_error=0:guard_per_site=0" ${size} locked)
  set_tests_properties(runtime.contract.${name}.locked PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
foreach(guards auto mappings)
  runtime_case(contract.guarded.${guards} 99 30 contract
    "PADLOCK_OPTIONS=halt_on_error=0:guard_per_site=30:guard_after=0:large_guards=${guards}" 100 guarded)
endforeach()
foreach(guards auto mappings)
  runtime_case(contract.strict.${guards} 99 30 contract
    "PADLOCK_OPTIONS=halt_on_error=0:guard_all=1:large_guards=${guards}" 100 guarded)
endforeach()
runtime_program(all_guarded all_guarded.c Threads::Threads)
runtime_says(strict.all 0 "Padlock: guarded: 1[0-9]* of 1[0-9]* blocks \\(100.0 %\\)" all_guarded
  "${preload};PADLOCK_OPTIONS=guard_all=1:verbosity=1" 1000)
# `padlock run --strict` leaves no log where all is well; a share that is less than all is said.
add_test(NAME runtime.strict.says_nothing COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/strict_log.sh $<TARGET_FILE:padlock_command>
  $<TARGET_FILE:padlock_preload> $<TARGET_FILE:all_guarded>)
set_tests_properties(runtime.strict.says_nothing PROPERTIES LABELS runtime TIMEOUT 120)
runtime_says(strict.beyond_the_budget 0 "WARNING: Padlock: guard_all: the memory for guarded blocks is used up" all_guarded
  "${preload};PADLOCK_OPTIONS=guard_all=1:guard_budget_mb=2" 8000)
runtime_says(strict.without_markers 0 "WARNING: Padlock: guard_all: the kernel has no guard markers" all_guarded
  "${preload};PADLOCK_OPTIONS=guard_all=1:large_guards=mappings" 40000)
foreach(what overrun late_write)
  runtime_case(contract.large.${what} 99 1 contract "" 1000000 ${what})
  runtime_case(contract.guarded.${what} 99 1 contract "PADLOCK_OPTIONS=guard_after=0" 100 ${what})
endforeach()

runtime_program(busy_callback busy_callback.c padlock_preload padlock_flags Threads::Threads)
foreach(case fault=2 fault_in_thread=2 fork=1 check=1 describe=1)
  string(REPLACE = ";" case ${case})
  list(GET case 0 mode)
  list(GET case 1 reports)
  runtime_case(busy_callback.${mode}.halt 134 ${reports} busy_callback "" ${mode})
endforeach()
foreach(case fault=2 fork=1 check=1 describe=1)
  string(REPLACE = ";" case ${case})
  list(GET case 0 mode)
  list(GET case 1 reports)
  runtime_case(busy_callback.${mode}.go_on 99 ${reports} busy_callback "PADLOCK_OPTIONS=halt_on_error=0" ${mode})
endforeach()
runtime_case(busy_callback.exit 7 1 busy_callback "" exit)

runtime_program(flood flood.c)
set(go_on PADLOCK_OPTIONS=halt_on_error=0)
runtime_case(flood.reported_once 99 2 flood "${preload};${go_on}")
runtime_says(flood.counted 99 "^==[0-9]+==Padlock: heap-buffer-overflow in overrun .*flood.c:8: seen 999 more times$" flood
  "${preload};${go_on}")
runtime_case(flood.each_reported 99 1001 flood "${preload};${go_on}:report_once=0:symbolize=0")
runtime_case(flood.limited 99 3 flood "${preload};${go_on}:report_once=0:max_reports=3")
runtime_says(flood.limit_said 99 "^==[0-9]+==Padlock: max_reports was reached: faults not reported: 998$" flood
  "${preload};${go_on}:report_once=0:max_reports=3")

# A file of each test's own, empty when it begins.
runtime_program(stderr_kept stderr_kept.c)
foreach(how reuse redirect reopen fclose loop closefrom range child_redirects)
  set(file ${PROJECT_BINARY_DIR}/tests/runtime/stderr_kept.${how})
  set(expected "99 1")
  if(how STREQUAL child_redirects)
    set(expected "0 0")
  endif()
  add_test(NAME runtime.stderr_kept.${how}
           COMMAND sh -c ": >${file}; exec env ${preload} ${go_on} ${run} ${expected} $<TARGET_FILE:stderr_kept> ${how} ${file}")
  set_tests_properties(runtime.stderr_kept.${how} PROPERTIES LABELS runtime TIMEOUT 120)
endforeach()
runtime_program(becomes_daemon becomes_daemon.c)
foreach(how dup2 dup3 close closefrom fclose freopen daemon)
  add_test(NAME runtime.prompt_daemon.${how}
           COMMAND env ${preload} ${CMAKE_CURRENT_SOURCE_DIR}/prompt.sh $<TARGET_FILE:becomes_daemon> ${how})
  set_tests_properties(runtime.prompt_daemon.${how} PROPERTIES LABELS runtime TIMEOUT 120)
endforeach()
runtime_program(reports_of_many reports_of_many.c)
foreach(where log stderr)
  add_test(NAME runtime.reports_in_one_piece.${where}
           COMMAND env ${preload} ${CMAKE_CURRENT_SOURCE_DIR}/one_piece.sh 6 ${where} $<TARGET_FILE:reports_of_many>)
  set_tests_properties(runtime.reports_in_one_piece.${where} PROPERTIES LABELS runtime TIMEOUT 120)
endforeach()

runtime_program(fault_while_loading fault_while_loading.c Threads::Threads ${CMAKE_DL_LIBS})
set_target_properties(fault_while_loading PROPERTIES ENABLE_EXPORTS ON)
foreach(library slow quick)
  add_library(${library}_library MODULE libraries/${library}_library.c)
  set_target_properties(${library}_library PROPERTIES C_VISIBILITY_PRESET default)
endforeach()
# The report is whole, with its names, before the constructor would have ended; and where the list of modules changes
# all the time.
runtime_case(fault_while_loading.constructor 134 1 fault_while_loading "${preload}" $<TARGET_FILE:slow_library> constructor)
runtime_says(fault_while_loading.constructor_names 134 "^    #0 .* in main .*fault_while_loading.c:39$" fault_while_loading
  "${preload}" $<TARGET_FILE:slow_library> constructor)
runtime_says(fault_while_loading.loop_names 134 "^    #0 .* in main .*fault_while_loading.c:39$" fault_while_loading
  "${preload}" $<TARGET_FILE:quick_library> loop)

runtime_program(faults_at_once faults_at_once.c Threads::Threads)
runtime_case(faults_at_once.halt 134 1 faults_at_once "${preload}")
runtime_case(faults_at_once.go_on 99 8 faults_at_once "${preload};${go_on}:report_once=0")

# A value of freed memory in a register that the bad address is not made of: a hint before the program dies.
runtime_program(bad_address bad_address.c)
runtime_says(bad_address 139
  "WARNING: Padlock: hint: the program crashed, and a register holds .* at offset 8 of a freed 32-byte block: perhaps"
  bad_address "${preload}")
runtime_says(bad_address.ends 139 "^==[0-9]+==END OF HINT$" bad_address "${preload}")

# Half a word of freed memory, read as an int: the index of an access that is reported.
runtime_program(half_as_index half_as_index.c)
runtime_says(half_as_index.lower 134
  "WARNING: Padlock: hint: the index of a bad address, .* is the lower half of what .* at offset [0-9]+ of a freed 240000-byte block: perhaps"
  half_as_index "${preload}")
runtime_says(half_as_index.upper 134
  "WARNING: Padlock: hint: the index of a bad address, .* is the upper half of what Padlock keeps (at offset [0-9]+ of a freed 240000-byte block|in freed or uninitialised memory): perhaps"
  half_as_index "${preload}" upper)

runtime_program(while_reporting while_reporting.c Threads::Threads)
foreach(what return exit exit_at_once quick_exit exec alarm sent segv)
  runtime_case(while_reporting.${what} 134 1 while_reporting "${preload}" ${what})
endforeach()
runtime_case(while_reporting.fault 134 1 while_reporting "${preload}" fault)
runtime_says(while_reporting.crash 139 "^==[0-9]+==Padlock: signal 11 .*while a fault was being reported" while_reporting
  "${preload}" crash)

runtime_program(quarantine_size quarantine_size.c padlock_preload padlock_flags)
runtime_case(quarantine_size 0 0 quarantine_size "PADLOCK_OPTIONS=thread_quarantine_kb=0:guard_per_site=0")

# creep(pattern growth most): percent, see the program. Two or three of them are room for what differs between
# compilers.
function(creep pattern growth most)
  runtime_case(creep.${pattern} 0 0 creep "${preload};PADLOCK_OPTIONS=seed=1" ${pattern} ${growth} ${most})
endfunction()
runtime_program(creep creep.cpp Threads::Threads)
creep(aligned 110 200)
creep(pages 108 180)
creep(one_page_among_small 108 200)
creep(mixed_with_aligned 108 160)
creep(mixed 110 160)
creep(small 108 170)
creep(around_the_class_limit 108 160)
creep(medium 108 170)
creep(resized 108 200)
creep(resized_evenly 108 180)
creep(growing 108 180)
creep(drifting 0 200)
creep(phases 108 300)
creep(across_threads 108 270)

# late_writes(name options size frees lowest highest): what is found of writes so many frees later, percent.
function(late_writes name options size frees lowest highest)
  add_test(NAME runtime.late_writes.${name}
           COMMAND env PADLOCK_OPTIONS=seed=1:halt_on_error=0:log_path=/dev/null:symbolize=0:exitcode=0:${options}
                   $<TARGET_FILE:late_writes> ${size} ${frees} ${lowest} ${highest})
  set_tests_properties(runtime.late_writes.${name} PROPERTIES LABELS runtime TIMEOUT 120)
endfunction()
runtime_program(late_writes ${PROJECT_SOURCE_DIR}/bench/late_writes.c padlock_preload padlock_flags)
late_writes(soon "thread_quarantine_kb=64" 64 400 100 100)
late_writes(late "thread_quarantine_kb=64" 64 20000 10 60)
late_writes(late_not_kept "late_quarantine_kb=0" 64 20000 0 20)

runtime_program(big_segment big_segment.c padlock_preload padlock_flags)
runtime_case(big_segment 99 6 big_segment "PADLOCK_OPTIONS=halt_on_error=0:report_once=0")
runtime_program(out_of_reach out_of_reach.c padlock_preload padlock_flags)
runtime_case(out_of_reach 99 205 out_of_reach "PADLOCK_OPTIONS=halt_on_error=0:report_once=0")
runtime_program(huge_pages huge_pages.c)
runtime_case(huge_pages.asked_for 0 0 huge_pages "${preload};PADLOCK_OPTIONS=huge_pages=1" 20 1)
runtime_case(huge_pages.not_in_a_small_heap 0 0 huge_pages "${preload};PADLOCK_OPTIONS=huge_pages=1" 1 0)
runtime_case(huge_pages.not_asked_for 0 0 huge_pages "${preload}" 20 0)

runtime_program(check_while_busy check_while_busy.cpp padlock_preload padlock_flags Threads::Threads)
runtime_case(check_while_busy 0 0 check_while_busy "PADLOCK_OPTIONS=check_interval=5000")
runtime_program(fault_on_tiny_stack fault_on_tiny_stack.cpp Threads::Threads)
runtime_case(fault_on_tiny_stack.halt 134 1 fault_on_tiny_stack "${preload}")
runtime_case(fault_on_tiny_stack.go_on 99 1 fault_on_tiny_stack "${preload};PADLOCK_OPTIONS=halt_on_error=0")

runtime_program(thread_ends_while_stopped thread_ends_while_stopped.cpp padlock_preload padlock_flags Threads::Threads)
runtime_case(thread_ends_while_stopped 0 0 thread_ends_while_stopped "PADLOCK_OPTIONS=give_back_after_s=1" 40)

runtime_program(bare_children bare_children.c Threads::Threads)
foreach(how clone _Fork vfork)
  runtime_case(bare_children.${how} 0 0 bare_children "${preload}" ${how})
endforeach()

runtime_program(interrupted_children interrupted_children.c)
runtime_case(interrupted_children 0 0 interrupted_children
  "${preload};PADLOCK_OPTIONS=log_path=/dev/null:symbolize=0:halt_on_error=0")

runtime_program(trim_between trim_between.c padlock_flags)
runtime_case(trim_between 0 0 trim_between "${preload}")
runtime_says(trim_between.late 134 "ERROR: Padlock: use-after-free-write" trim_between "${preload}" late)
runtime_program(many_idle_threads many_idle_threads.c Threads::Threads)
runtime_case(many_idle_threads 0 0 many_idle_threads "${preload};PADLOCK_OPTIONS=arenas=1")
# Handlers of a library that is loaded behind Padlock, and so comes first; by libc's function and by bare system calls.
add_library(first_handlers_library SHARED libraries/first_handlers.c)
set_target_properties(first_handlers_library PROPERTIES C_VISIBILITY_PRESET default)
runtime_program(first_handlers first_handlers.c first_handlers_library)
foreach(part query once nested aborted restored)
  foreach(by "function=UNUSED=1" "system_call=FIRST_IS_RAW=1")
    string(REGEX MATCH "^[a-z_]*" name ${by})
    string(REGEX REPLACE "^[a-z_]*=" "" variable ${by})
    runtime_case(first_handlers.${part}.${name} 0 0 first_handlers
      "LD_PRELOAD=$<TARGET_FILE:padlock_preload>:$<TARGET_FILE:first_handlers_library>;${variable}" ${part})
  endforeach()
endforeach()
runtime_program(late_first_call late_first_call.c Threads::Threads)
runtime_case(late_first_call 0 0 late_first_call "${preload}")
runtime_program(ended_threads ended_threads.c Threads::Threads)
runtime_case(ended_threads 0 0 ended_threads "${preload}")

# Columns: the argument, the child's status, the reports of both (the parent reports what it overran itself).
runtime_program(child_at_exit child_at_exit.c)
foreach(case
    untouched:0:1 inherited:0:1 own:134:2 own_large:134:2 resized:134:2 freed:134:2 merged:134:2 on_request:134:2 grandchild:134:2)
  string(REPLACE ":" ";" case ${case})
  list(GET case 0 what)
  list(GET case 1 status)
  list(GET case 2 reports)
  runtime_case(child_at_exit.${what} 134 ${reports} child_at_exit "${preload}" ${what} ${status})
endforeach()
runtime_case(child_at_exit.full 134 2 child_at_exit "${preload};PADLOCK_OPTIONS=check_at_exit=full" untouched 134)
runtime_case(child_at_exit.none 0 0 child_at_exit "${preload};PADLOCK_OPTIONS=check_at_exit=0" own 0)

runtime_program(break_on_allocation break_on_allocation.c padlock_preload padlock_flags)
set_target_properties(break_on_allocation PROPERTIES ENABLE_EXPORTS ON)
runtime_case(break_on_allocation 0 0 break_on_allocation "")

# What a report advises depends on how the process runs.
runtime_program(advice advice.c Threads::Threads)
runtime_says(advice.plain 134 "down: PADLOCK_OPTIONS=check_interval=1 checks the heap" advice "${preload}" plain)
runtime_says(advice.checked 134 "  - check_interval=1 is on, so the write came after the last check" advice
  "${preload};PADLOCK_OPTIONS=check_interval=1" plain)
runtime_says(advice.traced 134 "is there: with break_on_allocation=[0-9]+ in" advice "${preload}" traced)
runtime_says(advice.traced_watch 134 "  - 'watch \\*\\(char\\*\\)0x[0-9a-f]+' in a debugger stops at the write" advice "${preload}" traced)
# Numbers differ from run to run there.
runtime_says(advice.traced_threads 134 "as under gdb\\)\\.$" advice "${preload}" traced_threads)
runtime_says(advice.not_symbolized 134 "  - symbolize=1 shows functions, files and lines" advice
  "${preload};PADLOCK_OPTIONS=symbolize=0" plain)
# What comes before the end of that text is not printed.
runtime_says(strip_path_prefix 134 "#0 0x[0-9a-f]+ in damage advice\\.c:21" advice
  "${preload};PADLOCK_OPTIONS=strip_path_prefix=/tests/runtime/programs/" plain)
# Flags that sanitizers know: one line each, and the others apply.
# (A guarded parent with the same options would have said it.)
add_test(NAME runtime.sanitizer_flags
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/says.sh 7 "PADLOCK_OPTIONS: option 'redzone' changes nothing here: padding is"
                 env ${preload} PADLOCK_OPTIONS=redzone=16:redzone=32:exitcode=7:abort_on_error=0:quarantine_size_mb=1
                 $<TARGET_FILE:advice> plain)
set_tests_properties(runtime.sanitizer_flags PROPERTIES LABELS runtime TIMEOUT 120)
runtime_program(no_names no_names.c)
runtime_says(advice.chroot 134 "  - The program's files are not to be found from inside the process" no_names "${preload}")
runtime_says(advice.filter 134 "  - A filter of system calls keeps Padlock from looking up names" confined "${preload}" double_free)
foreach(name traced traced_watch traced_threads chroot)
  set_tests_properties(runtime.advice.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

add_test(NAME runtime.exported_symbols
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/exported_symbols.sh $<TARGET_FILE:padlock_preload>
                 ${CMAKE_CURRENT_SOURCE_DIR}/exported_symbols.txt)

runtime_program(output_before_exit output_before_exit.c Threads::Threads)
runtime_program(output_before_exit_static output_before_exit.c padlock_static Threads::Threads)
set(kept ${CMAKE_CURRENT_SOURCE_DIR}/output_kept.sh)
add_test(NAME runtime.output_kept.preload COMMAND env ${preload} ${kept} $<TARGET_FILE:output_before_exit>)
add_test(NAME runtime.output_kept.static COMMAND ${kept} $<TARGET_FILE:output_before_exit_static>)
set_tests_properties(runtime.output_kept.preload runtime.output_kept.static PROPERTIES LABELS runtime TIMEOUT 120)
