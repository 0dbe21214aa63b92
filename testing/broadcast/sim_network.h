// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimNetwork: simulated peers with a link each, for the tests of broadcasts and questions. It counts work in progress
// in the links, independently of the code under test that must keep the bounds. One thread. Lifetime: the loop outlives
// it; it outlives the tasks that broadcast to it.

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exocast/gather/gather.h"
#include "exocast/roster.h"
#include "testing/link/sim_link.h"

namespace exocast {

/// Work in progress, and its peak.
struct Load {
  std::size_t now = 0;
  std::size_t peak = 0;

  class Hold {
   public:
    explicit Hold(Load& gauge) noexcept : gauge_(gauge) { gauge_.peak = std::max(gauge_.peak, ++gauge_.now); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { --gauge_.now; }

   private:
    Load& gauge_;
  };
};

/// The load of a network.
struct Gauges {
  Load all;
  Load questions;
  std::map<std::string, Load> by_message;  // by request id
};

/// A SimLink that counts its load, for itself and for its network. If it is `ordered`, batches travel on it: all their
/// messages at the same time, which keeps their order where each takes equally long.
class GaugedLink final : public Link {
 public:
  GaugedLink(Gauges& gauges, Scheduler& scheduler, SimPeer& peer, SimPlan plan, const SimLinkOptions& options,
             bool ordered = false)
      : gauges_(gauges), ordered_(ordered), link_(scheduler, peer, std::move(plan), options) {}

  std::string_view kind() const noexcept override { return link_.kind(); }
  std::size_t message_bytes_max() const noexcept override { return link_.message_bytes_max(); }

  LinkTraits traits() const noexcept override {
    if (!ordered_) return {};
    return {.ordered = true, .batch_messages_max = 16, .batch_bytes_max = 4096};
  }

  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override {
    return ordered_ ? deliver_in_order(batch, options) : Link::deliver_all(batch, options);
  }

  task<BatchEnd> deliver_in_order(MessageBatch batch, BatchOptions options) {
    const auto all =
        co_await gather(batch, [&](const Message* message) { return deliver(*message, options.deadline); });
    BatchEnd end;
    for (const auto& outcome : all.outcomes) {
      if (outcome.error() != nullptr) {
        end.broken = *outcome.error();
        end.resendable = outcome.error()->text == "refused by plan";
        break;
      }
      ++end.answered;
    }
    co_return end;
  }

  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override {
    const Load::Hold in_all(gauges_.all);
    const Load::Hold in_message(gauges_.by_message[std::string(message.request_id())]);
    const Load::Hold in_this(gauge_);
    co_return co_await link_.deliver(std::move(message), deadline);
  }

  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override {
    const Load::Hold in_all(gauges_.questions);
    co_return co_await link_.ask(std::move(question), deadline);
  }

  const Load& gauge() const noexcept { return gauge_; }
  const SimLinkMetrics& metrics() const noexcept { return link_.metrics(); }

 private:
  Gauges& gauges_;
  Load gauge_;
  bool ordered_;
  SimLink link_;
};

/// A peer: stores the request ids its handler accepted, in order, and has one answer to all questions.
struct SimSite {
  std::vector<std::string> accepted;
  std::expected<std::string, Status> answer = "yes";
  SimPeer peer{[this](const Message& message) -> std::expected<void, Status> {
                 accepted.emplace_back(message.request_id());
                 return {};
               },
               [this](const Question& /*question*/) { return answer; }};
  std::shared_ptr<GaugedLink> link;

  std::size_t times_accepted(std::string_view request_id) const {
    return static_cast<std::size_t>(std::ranges::count(accepted, request_id));
  }
};

class SimNetwork {
 public:
  /// Its links take batches in order, as native ones do, if they are `ordered`; else one message at a time.
  explicit SimNetwork(Scheduler& scheduler, bool ordered = false) : scheduler_(scheduler), ordered_(ordered) {}

  /// Adds a peer; returns its index. Its id is "p<index>".
  std::size_t add(SimPlan plan, const SimLinkOptions& options = {}) {
    SimSite& site = sites_.emplace_back();
    site.link = std::make_shared<GaugedLink>(gauges_, scheduler_, site.peer, std::move(plan), options, ordered_);
    destinations_.push_back(
        {"p" + std::to_string(sites_.size() - 1), "sim:" + std::to_string(sites_.size()), site.link, ""});
    return sites_.size() - 1;
  }
  std::size_t add(const SimTreatment& treatment = {}) { return add(sim_always(treatment)); }
  void add(std::size_t count, const SimTreatment& treatment) {
    while (count-- > 0) add(treatment);
  }

  /// Restarts the peer at `index`: the same id and handler, a new link.
  void relink(std::size_t index, const SimPlan& plan = sim_always({})) {
    SimSite& site = sites_.at(index);
    site.link = std::make_shared<GaugedLink>(gauges_, scheduler_, site.peer, plan, SimLinkOptions{}, ordered_);
    destinations_.at(index).link = site.link;
  }

  /// A peer without a link.
  void add_unlinked(std::string why) {
    sites_.emplace_back();
    destinations_.push_back({"p" + std::to_string(sites_.size() - 1), "", nullptr, std::move(why)});
  }

  Roster roster() const { return Roster::make(destinations_).value(); }
  /// A roster of the peers `of`, in this order.
  Roster roster(const std::vector<std::size_t>& of, std::uint64_t epoch = 0) const {
    std::vector<Destination> destinations;
    for (const std::size_t index : of) destinations.push_back(destinations_.at(index));
    return Roster::make(std::move(destinations), epoch).value();
  }
  std::size_t size() const noexcept { return sites_.size(); }
  const SimSite& operator[](std::size_t index) const { return sites_.at(index); }
  SimSite& operator[](std::size_t index) { return sites_.at(index); }
  const Load& gauge() const noexcept { return gauges_.all; }
  const Load& questions() const noexcept { return gauges_.questions; }
  Load gauge_of(const std::string& request_id) const {
    const auto found = gauges_.by_message.find(request_id);
    return found != gauges_.by_message.end() ? found->second : Load();
  }

 private:
  Scheduler& scheduler_;
  bool ordered_;
  Gauges gauges_;
  std::deque<SimSite> sites_;
  std::vector<Destination> destinations_;
};

/// A small message, identified by its request id.
inline Message message_named(const std::string& request_id) {
  return Message::token_result(request_id, std::vector<std::int32_t>{1, 2, 3}, false).value();
}

}  // namespace exocast
