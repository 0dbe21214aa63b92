// SPDX-License-Identifier: Apache-2.0
#include "bench/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace exocast::bench {
namespace {

constexpr Duration reap_interval = std::chrono::milliseconds(2);

std::string system_error(const std::string& program, int error) {
  return fmt::format("cannot start {}: {}", program, std::generic_category().message(error));
}

}  // namespace

std::expected<Process, std::string> Process::start(const std::string& program, std::vector<std::string> arguments) {
  std::string name = std::filesystem::path(program).filename();
  std::vector<char*> pointers = {name.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  int ends[2];  // sockets: writing to a closed one is an error, without a signal
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return std::unexpected(system_error(program, errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return std::unexpected(system_error(program, error));
  }
  return Process(std::move(name), pid, ends[0]);
}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      socket_(std::exchange(other.socket_, -1)),
      read_(std::move(other.read_)) {}

Process::~Process() {
  if (pid_ < 0) return;
  close(socket_);
  const Deadline patience = Deadline::after(Clock::now(), end_timeout);
  while (waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (patience.passed(Clock::now())) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      return;
    }
    std::this_thread::sleep_for(reap_interval);
  }
}

void Process::write_line(const std::string& line) const {
  const std::string bytes = line + '\n';
  static_cast<void>(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));  // fits into the socket's buffer
}

std::string Process::read_line(Deadline deadline) {
  std::string line = read_line_or_end(deadline);
  if (line.empty()) throw std::runtime_error(fmt::format("{} has ended unexpectedly", name_));
  return line;
}

std::string Process::read_line_or_end(Deadline deadline) {
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.left(Clock::now()));
    pollfd input{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, static_cast<int>(left.count())) == 0) {
      throw std::runtime_error(fmt::format("{} has not answered in time", name_));
    }
    char buffer[4096];
    const ssize_t bytes = read(socket_, buffer, sizeof buffer);
    if (bytes > 0) {
      read_.append(buffer, static_cast<std::size_t>(bytes));
    } else if (bytes == 0 || errno != EINTR) {
      return {};
    }
  }
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace exocast::bench
