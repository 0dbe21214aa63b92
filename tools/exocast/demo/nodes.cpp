// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/nodes.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <ranges>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "exocast/gather/gather.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast::demo {
namespace {

constexpr const char* this_program = "/proc/self/exe";
constexpr Duration reap_interval = std::chrono::milliseconds(2);

std::string system_error(const char* what) {
  return fmt::format("cannot start a node: {}: {}", what, std::generic_category().message(errno));
}

/// The child from fork to exec; uses only functions that are safe after fork.
[[noreturn]] void become(char* const* arguments, int output_fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent died before the death signal was set
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

using Found = std::expected<Peer, std::string>;

constexpr std::size_t first_line_bytes_max = 1000;

std::string name_of(std::size_t index) { return fmt::format("n{}", index + 1); }

std::vector<std::string> arguments_of(std::size_t index, const Plan& plan) {
  const Duration delay = plan.kinds[index] == Kind::slow ? plan.slow_delay : plan.delay;
  const auto delay_ms = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  return {"node",
          "--no-control",
          "--discovery",
          "none",
          "--id",
          name_of(index),
          "--listen",
          "127.0.0.1:0",
          "--json",
          "--accept-delay",
          fmt::format("{}ms", delay_ms)};
}

/// The address in {"event":"listening","address":…}; nothing if it is anything else.
std::optional<PeerAddress> address_in(const std::string& line) {
  const auto event = nlohmann::json::parse(line, nullptr, false);
  if (!event.is_object() || event.value("event", "") != "listening") return std::nullopt;
  auto address = parse_address(event.value("address", ""));
  return address ? std::optional(*std::move(address)) : std::nullopt;
}

/// Reads the node's first line.
task<Found> find(AsioLoop& loop, std::size_t index, int output_fd) {
  LineReader reader(loop, output_fd, first_line_bytes_max);
  const auto line = co_await reader.next();
  const std::string said = line && *line ? **line : "";
  if (auto address = address_in(said)) co_return Peer{name_of(index), *std::move(address), std::nullopt};
  co_return std::unexpected(
      fmt::format("node {} did not start: {}", name_of(index), said.empty() ? "it ended" : to_line(said)));
}

}  // namespace

std::expected<int, std::string> Children::start(const std::vector<std::string>& arguments) {
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
  children_.push_back({.pid = pid, .output_fd = ends[0]});
  return ends[0];
}

void Children::freeze(std::size_t index) const { kill(children_.at(index).pid, SIGSTOP); }

void Children::end() {
  for (const Child& child : children_) {
    kill(child.pid, SIGTERM);
    kill(child.pid, SIGCONT);  // frozen processes handle SIGTERM only when they continue
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

task<std::expected<std::vector<Peer>, std::string>> start_nodes(AsioLoop& loop, const Plan& plan, Children& children) {
  std::vector<int> outputs;
  for (std::size_t index = 0; index < plan.kinds.size(); ++index) {
    auto output_fd = children.start(arguments_of(index, plan));
    if (!output_fd) co_return std::unexpected(std::move(output_fd.error()));
    outputs.push_back(*output_fd);
  }
  const auto find_one = [&](std::size_t index) { return find(loop, index, outputs[index]); };
  auto found = co_await join(std::views::iota(std::size_t{0}, plan.kinds.size()), find_one,
                             {.deadline = Deadline::after(loop.now(), start_timeout)});
  std::vector<Peer> peers;
  for (auto& outcome : found.outcomes) {
    if (const std::string* error = outcome.error()) co_return std::unexpected(*error);
    if (outcome.ok()) peers.push_back(std::move(outcome).value());
  }
  if (!found.satisfied) {
    co_return std::unexpected(fmt::format("only {} of {} nodes have started within {} s", peers.size(),
                                          plan.kinds.size(),
                                          std::chrono::duration_cast<std::chrono::seconds>(start_timeout).count()));
  }
  co_return peers;
}

}  // namespace exocast::demo
