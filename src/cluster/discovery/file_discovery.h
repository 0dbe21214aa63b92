// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileDiscovery: finds the nodes of a peers file (exocast/peers_file.h), which has the format of exo's manual
// discovery.
//
// The file is checked every second, and read again if it has changed or was replaced. If the new content is invalid,
// the node logs one line and keeps the previous list. All entries are reported together, and again at intervals, so no
// entry waits for another and a node that was down is found when it is back. Host names are resolved concurrently, and
// again at intervals.
// Threading: inside the loop. It reads the file there, only when it has changed; that takes about 20 ms per 1,000
// entries. Lifetime: loop and sink outlive it; destroying it ends it.

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
  /// Interval between checks of the file and reports of its entries. 1 ms or more.
  Duration interval = std::chrono::seconds(1);
  /// Interval between lookups of host names, and the time limit of one lookup. 1 ms or more.
  Duration resolve_interval = std::chrono::seconds(10);
  Duration resolve_timeout = std::chrono::seconds(5);
  /// How names are looked up. Default: by the system.
  NameResolver::LookUp look_up = NameResolver::system_look_up;
};

struct FileDiscoveryMetrics {
  std::size_t listed = 0;          ///< entries, now, without this node
  std::size_t unresolved = 0;      ///< of these, without an address
  std::uint64_t loads_total = 0;   ///< times that the file was read
  std::uint64_t faults_total = 0;  ///< times that the file was invalid, or a name had no address
};

class FileDiscovery {
 public:
  /// Called with one printable line about a fault of the file or of a name in it; a repeated fault is reported once.
  using OnFault = std::function<void(std::string_view line)>;

  /// Reports the nodes in the file at `path` to `sink`, as candidates of unknown kind from "file", except the one with
  /// `own_id`; and withdraws nodes that the file no longer lists. The error is the fault of the file's first content.
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
