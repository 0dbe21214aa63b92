// SPDX-License-Identifier: Apache-2.0
//
// The sanitizers' settings, asked for by their runtimes before main(). Debian's gRPC, protobuf and abseil are not
// instrumented, which two checks cannot live with:
//  - container overflow: a std::vector or std::string that such a library grew carries no annotations, or stale ones;
//  - data races: locking inside an uninstrumented library is invisible, so what it reads and writes looks unordered.
// Everything else stays as strict as it gets.

extern "C" {

const char* __asan_default_options();
const char* __ubsan_default_options();
const char* __tsan_default_options();
const char* __tsan_default_suppressions();

const char* __asan_default_options() {
  return "detect_container_overflow=0:detect_stack_use_after_return=1:check_initialization_order=1";
}

const char* __ubsan_default_options() { return "print_stacktrace=1"; }

const char* __tsan_default_options() {
  return "ignore_noninstrumented_modules=1:second_deadlock_stack=1:halt_on_error=1";
}

// What an operation of gRPC is made of lives in its headers, so it is compiled into our objects, instrumented;
// but gRPC's library hands it from the thread that starts it to the one that waits for it, unseen.
const char* __tsan_default_suppressions() { return "race:grpc::CompletionQueue::AsyncNextInternal\n"; }

}  // extern "C"
