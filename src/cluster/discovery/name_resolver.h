// SPDX-License-Identifier: Apache-2.0
#pragma once
// NameResolver: host names to addresses, several at once.
//
// Asio looks names up one after another, so a single dead name server entry would hold up all the others; here each
// lookup has a thread of its own. The system's lookup cannot be cut short: one that is no longer waited for ends when
// it ends, counts until then, and may outlive the resolver, which is the one thing of this house that nobody waits for.
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
  /// Lookups under way; more fail at once.
  static constexpr std::size_t lookups_max = 8;

  using Resolved = std::expected<std::string, std::string>;
  /// Turns a name into a numeric address, or says in one printable line why it cannot; called in threads of their own,
  /// where it may block.
  using LookUp = std::function<Resolved(const std::string& host)>;

  /// With the system's lookup (getaddrinfo), or another.
  explicit NameResolver(AsioLoop& loop, LookUp look_up = system_look_up);
  ~NameResolver();

  /// A numeric address of `host`, at once if that is one. The error is one printable line: the lookup's, or that there
  /// was no answer by `deadline`.
  task<Resolved> resolve(std::string host, Deadline deadline);

  /// Blocks for as long as the system likes. Takes IPv4 if there is any. From any thread.
  static Resolved system_look_up(const std::string& host);

  /// Lookups under way.
  std::size_t lookups() const noexcept;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // with the threads
};

}  // namespace exocast
