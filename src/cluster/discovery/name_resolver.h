// SPDX-License-Identifier: Apache-2.0
#pragma once
// NameResolver: resolves several host names to addresses at the same time.
//
// Asio resolves names one after another, so one dead name server would delay all lookups. Here each lookup has its own
// thread. The system's lookup cannot be cancelled: an abandoned one counts until it returns, and may outlive the
// resolver. It is the only work in exocast that nobody waits for.
// Threading: inside the loop. Lifetime: the loop outlives it, and it outlives its tasks.

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "exocast/asio_loop.h"
#include "exocast/gather/task.h"

namespace exocast {

class NameResolver {
 public:
  /// Lookups at the same time; more fail at once.
  static constexpr std::size_t lookups_max = 8;

  using Resolved = std::expected<std::string, std::string>;
  /// Turns a name into a numeric address, or returns the reason in one printable line. Called in its own thread, where
  /// it may block.
  using LookUp = std::function<Resolved(const std::string& host)>;

  /// Uses the system's lookup (getaddrinfo), or another.
  explicit NameResolver(AsioLoop& loop, LookUp look_up = system_look_up);
  ~NameResolver();

  /// A numeric address of `host`, at once if `host` is one. The error is one printable line: the lookup's error, or
  /// that there was no answer by `deadline`.
  task<Resolved> resolve(std::string host, Deadline deadline);

  /// Blocks without a time limit. Prefers IPv4. Safe from any thread.
  static Resolved system_look_up(const std::string& host);

  /// Lookups under way, including abandoned ones.
  std::size_t lookups() const noexcept;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // shared with the threads
};

}  // namespace exocast
