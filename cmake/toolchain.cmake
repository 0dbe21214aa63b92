# How every target is compiled and linked: language, warnings, sanitizers, and the faster tools when they are there.

set(CMAKE_CXX_EXTENSIONS OFF)
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(EXOCAST_CCACHE ccache)
  mark_as_advanced(EXOCAST_CCACHE)
  if(EXOCAST_CCACHE)
    # With these, it takes precompiled headers for what they are: their content.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${EXOCAST_CCACHE})
  endif()
endif()

include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=lld EXOCAST_HAS_LLD)

# Everything the project compiles links to this; nothing of it is installed or reaches a consumer.
add_library(exocast_options INTERFACE)
target_compile_options(exocast_options INTERFACE -pthread)
if(EXOCAST_HAS_LLD)
  target_link_options(exocast_options INTERFACE -fuse-ld=lld)
endif()
if(EXOCAST_DEVELOPER)
  target_compile_options(exocast_options INTERFACE -Wall -Wextra -Wpedantic -Werror)
endif()
if(EXOCAST_PRECOMPILE)
  target_compile_options(exocast_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")  # for ccache
endif()
if(EXOCAST_SANITIZE)
  set(exocast_sanitize -fsanitize=${EXOCAST_SANITIZE} -fno-omit-frame-pointer)
  target_compile_options(exocast_options INTERFACE ${exocast_sanitize} -fno-sanitize-recover=undefined)
  target_link_options(exocast_options INTERFACE ${exocast_sanitize})
  # Linked into every program, so that the sanitizers' settings hold however the program is started.
  add_library(exocast_sanitizer_settings OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizer_settings.cpp)
  target_link_libraries(exocast_sanitizer_settings PRIVATE exocast_options)
endif()
