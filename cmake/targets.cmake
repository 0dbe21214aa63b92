# How our programs, tests and precompiled headers are made.
include(GoogleTest)

# exocast_precompile(<target> <header>): the target's sources are compiled with that header read already.
function(exocast_precompile target header)
  if(EXOCAST_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${header})
  endif()
endfunction()

# exocast_reuse_precompiled(<target> <from>): the same with what `from` has precompiled, with the same options.
function(exocast_reuse_precompiled target from)
  if(EXOCAST_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# Sources that say the same name as a neighbour and mean something else: a command's options, a test's constants.
set(exocast_alone
  src/broadcast/pace_attack_test src/broadcast/roster_history_test
  src/cluster/discovery/exo_datagram_test src/cluster/udp/replay_window_test
  src/message/peers_file_test
  src/lane/circuit_test src/lane/fair_share_test src/lane/lane_queue_test src/lane/lane_test src/lane/retry_budget_test
  tests/gather/intrusive_list_test tests/gather/timer_queue_test tests/gather/wait_test tests/gather/with_deadline_test
  tools/exocast/ask_command tools/exocast/peers_command tools/exocast/send_command tools/exocast/topology_command
  tools/exocast/watch_command)

# exocast_join_sources(<target>): with CMAKE_UNITY_BUILD, the sources of a folder are compiled eight at a time, so that
# what they share is read, instantiated and instrumented once. That is for the sanitizers, whose whole build is always
# from nothing; the others compile each source alone, as it is edited.
function(exocast_join_sources target)
  if(NOT CMAKE_UNITY_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^/.*\\.cpp$")
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    cmake_path(GET name PARENT_PATH folder)
    cmake_path(REMOVE_EXTENSION name)
    if(NOT name IN_LIST exocast_alone)
      string(REPLACE "/" "_" folder ${folder})
      if(NOT DEFINED before_in_${folder})
        set(before_in_${folder} 0)
      endif()
      math(EXPR part "${before_in_${folder}} / 8")
      math(EXPR before_in_${folder} "${before_in_${folder}} + 1")
      set_property(SOURCE ${source} TARGET_DIRECTORY ${target} PROPERTY UNITY_GROUP ${folder}_${part})
    endif()
  endforeach()
endfunction()

# exocast_program(<target> SOURCES <file>... USES <target>...): an executable compiled and linked our way.
function(exocast_program target)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;USES")
  add_executable(${target} ${program_SOURCES})
  target_link_libraries(${target} PRIVATE ${program_USES} exocast_options)
  exocast_join_sources(${target})
  if(TARGET exocast_sanitizer_settings)
    target_link_libraries(${target} PRIVATE exocast_sanitizer_settings)
  endif()
endfunction()

# exocast_test_program(<name> [OPTIMISED] SOURCES <file>... [USES <target>...]): the program exocast_<name>_test. Every
# TEST is a test of ctest with the label <name> and a time limit. A test that needs longer says so by the name of its
# suite, which then ends in "Long".
# The libraries are optimised as they are shipped. The tests' own sources are not, which halves the time to compile
# them; but of an inline function the linker keeps the first copy, which is the test's. OPTIMISED is for programs where
# that matters: tests of headers, and those that run drawn histories for minutes.
function(exocast_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 test "OPTIMISED" "" "SOURCES;USES")
  set(target exocast_${name}_test)
  exocast_program(${target} SOURCES ${test_SOURCES} USES ${test_USES} exocast_testing GTest::gtest_main)
  if(test_OPTIMISED)
    exocast_reuse_precompiled(${target} exocast_testing)
  else()
    target_compile_options(${target} PRIVATE -O0)
    exocast_reuse_precompiled(${target} exocast_test_header)
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # Each test is a process: those that use no gRPC start in 10 ms instead of 60.
  target_link_options(${target} PRIVATE -Wl,--as-needed)
  set(common DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES TEST_PREFIX ${name}: WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set(seconds 60)  # against hangs: hardly a test takes one second on an idle machine
  set(long_seconds 600)
  if(EXOCAST_SANITIZE)  # 5 to 15 times slower
    set(seconds 180)
    set(long_seconds 900)
  endif()
  gtest_discover_tests(${target} ${common} TEST_FILTER "-*Long.*:*Long/*"
    PROPERTIES TIMEOUT ${seconds} LABELS ${name})
  gtest_discover_tests(${target} ${common} TEST_FILTER "*Long.*:*Long/*" TEST_LIST ${target}_LONG
    PROPERTIES TIMEOUT ${long_seconds} COST 60 LABELS "${name};slow")  # the costly ones start first
endfunction()
