// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace exocast::demo {
namespace {

constexpr const char* this_program = "/proc/self/exe";
constexpr Duration reap_interval = std::chrono::milliseconds(2);

std::string system_error(const char* what) {
  return fmt::format("cannot start a node: {}: {}", what, std::generic_category().message(errno));
}

/// The rest of the child's life up to exec; calls nothing but what is safe after fork.
[[noreturn]] void become(char* const* arguments, int output_fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before it was watched
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output_fd, STDOUT_FILENO);
  dup2(output_fd, STDERR_FILENO);
  execv(this_program, arguments);
  _exit(1);
}

}  // namespace

std::expected<Child, std::string> Children::start(const std::vector<std::string>& arguments) {
  std::string name = "exocast";
  std::vector<std::string> copies = arguments;
  std::vector<char*> pointers = {name.data()};
  for (std::string& argument : copies) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(system_error("pipe"));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(pointers.data(), ends[1], parent);
  const int fork_errno = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    errno = fork_errno;
    return std::unexpected(system_error("fork"));
  }
  return children_.emplace_back(Child{.pid = pid, .output_fd = ends[0]});
}

void Children::freeze(std::size_t index) const { kill(children_.at(index).pid, SIGSTOP); }

void Children::end() {
  for (const Child& child : children_) {
    kill(child.pid, SIGTERM);
    kill(child.pid, SIGCONT);  // those that are frozen hear it only now
  }
  const Deadline patience = Deadline::after(Clock::now(), end_timeout);
  while (!reap(WNOHANG) && !patience.passed(Clock::now())) std::this_thread::sleep_for(reap_interval);
  for (const Child& child : children_) kill(child.pid, SIGKILL);
  while (!reap(0)) {
  }
}

bool Children::reap(int wait_options) {
  std::erase_if(children_, [&](const Child& child) {
    if (waitpid(child.pid, nullptr, wait_options) != child.pid) return false;
    close(child.output_fd);
    return true;
  });
  return children_.empty();
}

}  // namespace exocast::demo
