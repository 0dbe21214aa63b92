// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/program.h"

int main(int argc, char** argv) { return exocast::run_program(argc, argv); }
