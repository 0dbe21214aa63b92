# One floor of the house = one library, and one program with its tests.
include(GoogleTest)
include(install)

# exocast_floor(NAME <floor> [PROGRAM] [USES <target>...] [USES_PRIVATELY <target>...] [GENERATED <target>...])
#
# Makes and installs exocast::<floor> from the folder's sources, found by pattern, so that adding a file needs no edit:
#   *_test.cpp                       a GoogleTest file, part of the program exocast_<floor>_test
#   *_test_support.cpp, testing/     shared by the tests; not installed
#   main.cpp                         the floor's program, made by exocast_program()
#   any other *.cpp                  the library; a floor without any is header-only
# PROGRAM: the library is for the program only, and not installed. GENERATED: libraries made by exocast_protocol(), used
# privately and installed with it.
function(exocast_floor)
  cmake_parse_arguments(PARSE_ARGV 0 floor "PROGRAM" "NAME" "USES;USES_PRIVATELY;GENERATED")
  set(privately ${floor_USES_PRIVATELY} ${floor_GENERATED})
  set(target exocast_${floor_NAME})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  set(for_tests "_test(_support)?\\.cpp$|/testing/[^/]+$")
  list(FILTER tests INCLUDE REGEX ${for_tests})
  list(FILTER sources EXCLUDE REGEX "${for_tests}|/main\\.cpp$")

  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${privately} $<BUILD_INTERFACE:exocast_options>)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    target_link_libraries(${target} INTERFACE ${privately})
  endif()
  add_library(exocast::${floor_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${floor_NAME})
  target_compile_features(${target} ${scope} cxx_std_23)
  target_compile_definitions(${target} ${scope} EXOCAST_COMPILER_CHECKED)  # cmake/check_compiler.cmake has run
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
  target_link_libraries(${target} ${scope} ${floor_USES})

  if(NOT floor_PROGRAM)
    exocast_install_floor(${floor_NAME} ${floor_GENERATED} ${target})
  endif()

  if(EXOCAST_DEVELOPER AND tests)
    exocast_test_program(${target}_test LABEL ${floor_NAME} SOURCES ${tests} USES ${target} ${privately})
  endif()
endfunction()

# exocast_program(<target> SOURCES <file>... USES <target>...): an executable compiled and linked our way.
function(exocast_program target)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;USES")
  add_executable(${target} ${program_SOURCES})
  target_link_libraries(${target} PRIVATE ${program_USES} exocast_options)
  if(TARGET exocast_sanitizer_settings)
    target_link_libraries(${target} PRIVATE exocast_sanitizer_settings)
  endif()
endfunction()

# exocast_test_program(<target> LABEL <label> SOURCES <file>... USES <target>...): every TEST is a test of ctest, with a
# time limit. A test that needs longer says so by the name of its suite, which then ends in "Long".
function(exocast_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "LABEL" "SOURCES;USES")
  exocast_program(${target} SOURCES ${test_SOURCES} USES ${test_USES} GTest::gmock GTest::gtest_main)
  set(common DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
    TEST_PREFIX ${test_LABEL}: WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set(seconds 60)  # against hangs: hardly a test takes one second on an idle machine
  set(long_seconds 300)
  if(EXOCAST_SANITIZE)  # 5 to 15 times slower
    set(seconds 180)
    set(long_seconds 900)
  endif()
  gtest_discover_tests(${target} ${common} TEST_FILTER "-*Long.*:*Long/*"
    PROPERTIES TIMEOUT ${seconds} LABELS ${test_LABEL})
  gtest_discover_tests(${target} ${common} TEST_FILTER "*Long.*:*Long/*" TEST_LIST ${target}_LONG
    PROPERTIES TIMEOUT ${long_seconds} LABELS "${test_LABEL};slow")
endfunction()
