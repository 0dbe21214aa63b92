// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/name_resolver.h"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "exocast/gather/event.h"

namespace exocast {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

std::string numeric(const addrinfo& entry) {
  char host[NI_MAXHOST] = "";
  getnameinfo(entry.ai_addr, entry.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return host;
}

}  // namespace

struct NameResolver::Shared {
  struct Lookup {
    Event done;
    Resolved result;
  };

  Shared(AsioLoop& loop, LookUp look_up) : look_up(std::move(look_up)), loop(&loop) {}

  /// Runs in the lookup's own thread.
  static void run(const std::shared_ptr<Shared>& shared, std::shared_ptr<Lookup> lookup, const std::string& host) {
    auto result = shared->look_up(host);
    const std::lock_guard lock(shared->mutex);
    if (shared->loop == nullptr) return;
    // Posted, not inside the loop yet: the loop's thread might be waiting for the mutex.
    boost::asio::post(shared->loop->context(),
                      [shared, loop = shared->loop, lookup = std::move(lookup), result = std::move(result)]() mutable {
                        const AsioLoop::Entry inside(*loop);
                        --shared->lookups;
                        lookup->result = std::move(result);
                        lookup->done.set();
                      });
  }

  const LookUp look_up;
  std::mutex mutex;
  AsioLoop* loop;           // null after the resolver's end; guarded by the mutex
  std::size_t lookups = 0;  // used inside the loop only
};

NameResolver::Resolved NameResolver::system_look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &first);
  const std::unique_ptr<addrinfo, FreeAddresses> list(first);
  if (error == EAI_SYSTEM) return std::unexpected(std::generic_category().message(errno));
  if (error != 0) return std::unexpected(to_line(gai_strerror(error)));
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) return numeric(*entry);
  }
  return numeric(*first);
}

NameResolver::NameResolver(AsioLoop& loop, LookUp look_up)
    : shared_(std::make_shared<Shared>(loop, std::move(look_up))) {}

NameResolver::~NameResolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->loop = nullptr;
}

std::size_t NameResolver::lookups() const noexcept { return shared_->lookups; }

task<NameResolver::Resolved> NameResolver::resolve(std::string host, Deadline deadline) {
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return host;
  if (shared_->lookups >= lookups_max) co_return std::unexpected("too many names are being looked up");
  const auto lookup = std::make_shared<Shared::Lookup>();
  try {
    std::thread(&Shared::run, shared_, lookup, host).detach();
  } catch (const std::system_error& error) {
    co_return std::unexpected(fmt::format("no thread to look it up: {}", error.code().message()));
  }
  ++shared_->lookups;
  if (!co_await lookup->done.wait(deadline)) co_return std::unexpected("no answer from the name service in time");
  co_return std::move(lookup->result);
}

}  // namespace exocast
