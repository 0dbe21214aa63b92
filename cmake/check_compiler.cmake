# Refuses a compiler that miscompiles coroutines, recognised by running one program, never by its version.
#
# The program (coroutine_probe.cpp) does what every piece of asynchronous code does sooner or later; g++ 12 destroys
# one of its temporaries twice. Such a compiler builds exocast without a word and the result corrupts its heap, so
# configuring ends here. The verdict is cached. The installed package runs the same check for its consumers.

if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED EXOCAST_COMPILER_EXIT)
  try_run(EXOCAST_COMPILER_EXIT EXOCAST_COMPILER_COMPILES
    ${CMAKE_BINARY_DIR}/exocast_compiler_check ${CMAKE_CURRENT_LIST_DIR}/coroutine_probe.cpp
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    COMPILE_OUTPUT_VARIABLE exocast_compiler_log)
  if(NOT EXOCAST_COMPILER_COMPILES)
    set(EXOCAST_COMPILER_EXIT "does not compile C++20 coroutines" CACHE STRING "" FORCE)
  endif()
endif()

if(NOT CMAKE_CROSSCOMPILING AND NOT EXOCAST_COMPILER_EXIT STREQUAL "0")
  message(FATAL_ERROR
    "exocast: ${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) miscompiles coroutines: "
    "in `co_await` within a conditional expression it destroys a temporary twice, so programs built with it corrupt "
    "their heap (the probe said: ${EXOCAST_COMPILER_EXIT}). g++ 12 is known for it.\n"
    "Install clang-19 (Debian: apt-get install clang-19, or scripts/setup), then configure in a fresh build directory "
    "with -DCMAKE_CXX_COMPILER=clang++-19 or a CMake preset of this project.\n${exocast_compiler_log}")
endif()
