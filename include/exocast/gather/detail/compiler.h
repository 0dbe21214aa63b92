// SPDX-License-Identifier: Apache-2.0
#pragma once

// Refuses a language that is too old, and a compiler that miscompiles coroutines, for those who include exocast without
// its CMake package.
//
// CMake runs a probe (cmake/check_compiler.cmake), judges the compiler by the result, and defines
// EXOCAST_COMPILER_CHECKED. A header can run nothing, so it names the one compiler that is known to be bad: g++ up to
// 12, which destroys a temporary twice when a conditional or an aggregate temporary meets `co_await`. Define the macro
// yourself only if you know that your compiler is right.

#if __cplusplus <= 202002L
#error "exocast is written in C++23: compile with -std=c++23."
#endif

#if !defined(EXOCAST_COMPILER_CHECKED) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ <= 12
#error \
    "exocast: this g++ miscompiles coroutines: in co_await within a conditional expression it destroys a temporary \
twice, so programs built with it corrupt their heap. Install clang-19 (Debian: apt-get install clang-19)."
#endif
