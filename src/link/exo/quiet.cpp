// SPDX-License-Identifier: Apache-2.0
#include "link/exo/quiet.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

namespace exocast {
namespace {

void print_last_words(gpr_log_func_args* said) {
  if (!std::string_view(said->message).starts_with("assertion failed")) return;
  std::fprintf(stderr, "gRPC: %s:%d: %s\n", said->file, said->line, said->message);
}

}  // namespace

void quiet_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("GRPC_VERBOSITY") != nullptr) return;
    gpr_set_log_function(print_last_words);
    google::protobuf::SetLogHandler(nullptr);
  });
}

}  // namespace exocast
