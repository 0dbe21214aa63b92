// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program `exocast`: its command line, read and carried out.

namespace exocast {

/// Does what the arguments say and returns the exit status. Whatever is wrong with them is one line on standard error.
int run_program(int argc, const char* const* argv);

}  // namespace exocast
