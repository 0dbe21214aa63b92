// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileDiscovery: the nodes of a peers file (exocast/peers_file.h), which has the format of exo's manual discovery.
//
// The file is checked every second, and read again if it has changed or was replaced. If the new content is invalid,
// the node logs one line and keeps the previous list. All entries are announced together, and again at intervals, so
// that no entry waits for another and a node that was down is found when it is up. Host names are resolved
// concurrently, and again at intervals.
// Threading: inside the loop; it reads the file there, which takes some 20 ms for each 1,000 entries, only when it has
// changed. Lifetime: loop and sink outlive it; destroying it ends it.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/discovery/name_resolver.h"
#include "cluster/udp/candidate.h"
#include "exocast/asio_loop.h"
#include "exocast/member.h"

namespace exocast {

struct FileDiscoveryOptions {
  /// How often the file is looked at, and its entries are told. 1 ms or more.
  Duration interval = std::chrono::seconds(1);
  /// How often host names are looked up, and how long one lookup may take. 1 ms or more.
  Duration resolve_interval = std::chrono::seconds(10);
  Duration resolve_timeout = std::chrono::seconds(5);
  /// How: as the system does.
  NameResolver::LookUp look_up = NameResolver::system_look_up;
};

struct FileDiscoveryMetrics {
  std::size_t listed = 0;          ///< entries now, without this node
  std::size_t unresolved = 0;      ///< of these, without an address
  std::uint64_t loads_total = 0;   ///< how often the file was read
  std::uint64_t faults_total = 0;  ///< how often it was wrong, or a name had no address
};

class FileDiscovery {
 public:
  /// Is told, in one printable line, what is wrong with the file or a name in it; not twice in a row of the same.
  using OnFault = std::function<void(std::string_view line)>;

  /// Tells `sink` of the nodes in the file at `path`, without the one with `own_id`, as candidates of unknown kind from
  /// "file"; and of those that it does not list any more. The error is that line for its first content.
  static std::expected<std::unique_ptr<FileDiscovery>, std::string> start(AsioLoop& loop, std::string path,
                                                                          std::string own_id, CandidateSink& sink,
                                                                          OnFault on_fault,
                                                                          const FileDiscoveryOptions& options = {});
  ~FileDiscovery();

  FileDiscoveryMetrics metrics() const noexcept;

 private:
  class Watching;
  explicit FileDiscovery(std::unique_ptr<Watching> watching) noexcept;
  std::unique_ptr<Watching> watching_;
};

}  // namespace exocast
