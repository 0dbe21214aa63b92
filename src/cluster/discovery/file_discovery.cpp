// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/file_discovery.h"

#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/discovery/file_stamp.h"
#include "cluster/discovery/name_resolver.h"
#include "cluster/udp/udp_endpoint.h"
#include "exocast/gather/gather.h"
#include "exocast/peers_file.h"

namespace exocast {

class FileDiscovery::Watching {
 public:
  Watching(AsioLoop& loop, std::string path, std::string own_id, CandidateSink& sink, OnFault on_fault,
           const FileDiscoveryOptions& options)
      : loop_(loop),
        path_(std::move(path)),
        own_id_(std::move(own_id)),
        sink_(sink),
        on_fault_(std::move(on_fault)),
        options_(options),
        resolver_(loop, options.look_up),
        scope_(loop) {}

  /// Returns what is wrong with the file; nothing on success.
  std::optional<std::string> begin() {
    if (auto fault = load()) return fault;
    scope_.spawn(keep_resolving());
    scope_.spawn(keep_looking());
    return std::nullopt;
  }

  FileDiscoveryMetrics metrics() const noexcept {
    FileDiscoveryMetrics all = metrics_;
    all.listed = entries_.size();
    for (const auto& [id, entry] : entries_) all.unresolved += entry.host.empty();
    return all;
  }

 private:
  struct Entry {
    Peer peer;
    std::string host;       // numeric; "" until it is known
    std::string complaint;  // the last fault logged for this name
  };

  task<void> keep_looking() {
    for (;;) {
      for (const auto& [id, entry] : entries_) {
        if (!entry.host.empty()) sink_.found(candidate_of(entry));
      }
      co_await sleep_for(options_.interval);
      complain_of(load().value_or(""), complaint_);
    }
  }

  /// Reads the file if it has changed. Returns its fault, if any; then the list stays as it was.
  std::optional<std::string> load() {
    const auto stamp = FileStamp::of(path_);
    if (!stamp) return fault(std::generic_category().message(stamp.error()));
    if (!stamp->is_regular()) return fault("not a regular file");
    if (read_ && *read_ == *stamp) return fault_;
    ++metrics_.loads_total;
    auto peers = read_peers_file(path_);
    const bool settled = !stamp->may_hide_a_change(std::chrono::system_clock::now());
    read_ = settled ? std::optional(*stamp) : std::nullopt;
    fault_ = peers ? std::nullopt : std::optional(std::move(peers.error()));
    if (peers) take_over(without(*std::move(peers), own_id_));
    return fault_;
  }

  std::string fault(std::string_view why) const { return fmt::format("{}: {}", to_line(path_), why); }

  void take_over(std::vector<Peer> peers) {
    std::map<std::string, Entry> entries;
    bool any_name = false;
    for (Peer& peer : peers) {
      std::string id = peer.id;
      const auto old = entries_.find(id);
      Entry entry = {.peer = std::move(peer), .host = "", .complaint = ""};
      if (old != entries_.end() && old->second.peer.address == entry.peer.address) entry.host = old->second.host;
      if (entry.host.empty() && endpoint_of(entry.peer.address)) entry.host = entry.peer.address.host;
      any_name = any_name || entry.host.empty();
      entries.emplace(std::move(id), std::move(entry));
    }
    entries_.swap(entries);
    for (const auto& [id, old] : entries) {
      const auto now = entries_.find(id);
      const bool listed = now != entries_.end() && now->second.peer.address == old.peer.address;
      if (!listed && !old.host.empty()) sink_.withdrawn(candidate_of(old));
    }
    if (any_name) new_names_.set();
  }

  static Candidate candidate_of(const Entry& entry) {
    return {.id = entry.peer.id,
            .address = {.host = entry.host, .port = entry.peer.address.port},
            .kind = NodeKind::unknown,
            .capabilities = entry.peer.capabilities,
            .source = "file"};
  }

  /// Logs the fault unless it is the last one logged; "" means no fault.
  void complain_of(std::string fault, std::string& last) {
    if (fault == last) return;
    last = std::move(fault);
    if (last.empty()) return;
    ++metrics_.faults_total;
    on_fault_(last);
  }

  task<void> keep_resolving() {
    for (;;) {
      new_names_.reset();
      std::vector<Peer> named;
      for (const auto& [id, entry] : entries_) {
        if (!endpoint_of(entry.peer.address)) named.push_back(entry.peer);
      }
      const auto each = [this](const Peer& peer) { return resolve(peer); };
      co_await gather(named, each, {.limit = NameResolver::lookups_max, .parked = 0});
      co_await new_names_.wait(Deadline::after(loop_.now(), options_.resolve_interval));
    }
  }

  task<void> resolve(Peer peer) {
    const Deadline deadline = Deadline::after(loop_.now(), options_.resolve_timeout);
    const auto host = co_await resolver_.resolve(peer.address.host, deadline);
    const auto at = entries_.find(peer.id);
    if (at == entries_.end() || at->second.peer.address != peer.address) co_return;  // the file has changed meanwhile
    Entry& entry = at->second;
    if (!host) {
      const std::string where =
          fmt::format("peers.{}.address: {}", to_line(peer.id, max_quoted_columns), peer.address.host);
      complain_of(fault(fmt::format("{}: {}", where, host.error())), entry.complaint);
    } else if (entry.host != *host) {
      if (!entry.host.empty()) sink_.withdrawn(candidate_of(entry));
      entry.host = *host;
      sink_.found(candidate_of(entry));
    }
  }

  AsioLoop& loop_;
  const std::string path_;
  const std::string own_id_;
  CandidateSink& sink_;
  const OnFault on_fault_;
  const FileDiscoveryOptions options_;
  std::map<std::string, Entry> entries_;  // by id
  std::optional<FileStamp> read_;         // of the content in use; nothing: the file must be read again
  std::optional<std::string> fault_;      // of the content in use
  std::string complaint_;                 // the last fault logged for the file; "" if it was valid since
  FileDiscoveryMetrics metrics_;
  Event new_names_;
  NameResolver resolver_;
  Scope scope_;  // last: its tasks use the other members
};

std::expected<std::unique_ptr<FileDiscovery>, std::string> FileDiscovery::start(AsioLoop& loop, std::string path,
                                                                                std::string own_id, CandidateSink& sink,
                                                                                OnFault on_fault,
                                                                                const FileDiscoveryOptions& options) {
  auto watching =
      std::make_unique<Watching>(loop, std::move(path), std::move(own_id), sink, std::move(on_fault), options);
  if (auto fault = watching->begin()) return std::unexpected(*std::move(fault));
  return std::unique_ptr<FileDiscovery>(new FileDiscovery(std::move(watching)));
}

FileDiscovery::FileDiscovery(std::unique_ptr<Watching> watching) noexcept : watching_(std::move(watching)) {}
FileDiscovery::~FileDiscovery() = default;

FileDiscoveryMetrics FileDiscovery::metrics() const noexcept { return watching_->metrics(); }

}  // namespace exocast
