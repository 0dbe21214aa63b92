// SPDX-License-Identifier: Apache-2.0
#include "cluster/exo/exo_watch.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/random.h"
#include "cluster/exo/silence.h"
#include "exocast/gather/gather.h"

namespace exocast {

class ExoWatch::Watching {
 public:
  Watching(Scheduler& scheduler, LinkTo link_to, const ExoWatchOptions& options, std::uint64_t seed)
      : scheduler_(scheduler), link_to_(std::move(link_to)), options_(options), random_(seed), scope_(scheduler) {
    scope_.spawn(keep_asking());
  }

  void join(const Candidate& candidate);
  void withdraw(const Candidate& candidate);
  std::vector<Member> members() const;
  ExoWatchMetrics metrics() const noexcept {
    ExoWatchMetrics all = metrics_;
    all.nodes = nodes_.size();
    return all;
  }
  std::function<void()> changed = [] {};

 private:
  /// A node at one address; several addresses may be tried for one id.
  struct Node {
    Member member;
    std::shared_ptr<ExoLink> link;
    TimePoint told;                  // time of the last report by a discovery
    std::optional<Silence> silence;  // empty until the first answer: then it is a candidate
    bool asked = false;              // a check is under way
    bool forgotten = false;

    bool is_there() const noexcept { return silence && member.state != MemberState::gone; }
  };
  using NodePtr = std::shared_ptr<Node>;
  using Key = std::pair<std::string, PeerAddress>;
  using Nodes = std::map<Key, NodePtr>;

  static Key key_of(const Candidate& candidate) {
    return {candidate.id.empty() ? to_string(candidate.address) : candidate.id, candidate.address};
  }

  /// All nodes with this `id`.
  auto all_of(const std::string& id) {
    const auto first = nodes_.lower_bound(Key{id, {}});
    const auto last = std::find_if(first, nodes_.end(), [&](const auto& entry) { return entry.first.first != id; });
    return std::ranges::subrange(first, last);
  }

  task<void> keep_asking();
  void ask_all();
  void ask(std::vector<NodePtr> nodes);
  task<void> round(std::vector<NodePtr> nodes, Deadline deadline);
  task<void> check(NodePtr node, Deadline deadline);
  void answered(Node& node, Duration took);
  TimePoint judge();
  bool judge(Node& node, TimePoint now) noexcept;
  bool is_to_be_forgotten(const Node& node, TimePoint now) const noexcept;
  void excuse_all(Duration late) noexcept;

  Scheduler& scheduler_;
  const LinkTo link_to_;
  const ExoWatchOptions options_;
  Random random_;
  Nodes nodes_;
  ExoWatchMetrics metrics_;
  Scope scope_;  // last: its tasks use the other members
};

void ExoWatch::Watching::join(const Candidate& candidate) {
  const TimePoint now = scheduler_.now();
  Key key = key_of(candidate);
  if (const auto known = nodes_.find(key); known != nodes_.end()) {
    known->second->told = now;
    if (candidate.capabilities) known->second->member.capabilities = candidate.capabilities;
    return;
  }
  const auto same_id = all_of(key.first);
  if (std::ranges::any_of(same_id, [](const auto& entry) { return entry.second->is_there(); })) {
    ++metrics_.refused_addresses_total;
    return;
  }
  if (nodes_.size() >= options_.nodes_max || std::ranges::distance(same_id) >= std::ptrdiff_t{addresses_max}) {
    ++metrics_.no_room_total;
    return;
  }
  auto node = std::make_shared<Node>();
  node->member.id = key.first;
  node->member.address = candidate.address;
  node->member.kind = NodeKind::exo;
  node->member.capabilities = candidate.capabilities;
  node->member.source = candidate.source;
  node->link = link_to_(candidate.address);
  node->told = now;
  nodes_.emplace(std::move(key), node);
  ask({std::move(node)});
}

void ExoWatch::Watching::withdraw(const Candidate& candidate) {
  const auto known = nodes_.find(key_of(candidate));
  if (known == nodes_.end()) return;
  const NodePtr node = known->second;
  node->forgotten = true;
  nodes_.erase(known);
  if (node->silence) changed();
}

std::vector<Member> ExoWatch::Watching::members() const {
  std::vector<Member> members;
  for (const auto& [key, node] : nodes_) {
    if (node->silence) members.push_back(node->member);
  }
  return members;
}

task<void> ExoWatch::Watching::keep_asking() {
  const Duration tenth = options_.interval / 10;
  TimePoint next_round = scheduler_.now();
  for (;;) {
    if (scheduler_.now() >= next_round) {
      ask_all();
      next_round = scheduler_.now() + random_.between(options_.interval - tenth, options_.interval + tenth);
    }
    const TimePoint wake = std::min(next_round, judge());
    co_await sleep_until(Deadline::at(wake));
    // If this process was stopped, the silence was its own and not the nodes'.
    if (const Duration late = scheduler_.now() - wake; late > options_.interval / 4) excuse_all(late);
  }
}

void ExoWatch::Watching::ask_all() {
  std::vector<NodePtr> idle;
  for (const auto& [key, node] : nodes_) {
    if (!node->asked) idle.push_back(node);
  }
  if (!idle.empty()) ask(std::move(idle));
}

void ExoWatch::Watching::ask(std::vector<NodePtr> nodes) {
  scope_.spawn(round(std::move(nodes), Deadline::after(scheduler_.now(), options_.check_timeout)));
}

task<void> ExoWatch::Watching::round(std::vector<NodePtr> nodes, Deadline deadline) {
  const auto each = [this, deadline](const NodePtr& node) { return check(node, deadline); };
  // All nodes at the same time: a hung one must not delay another.
  co_await gather(nodes, each, {.limit = nodes.size(), .deadline = deadline, .parked = 0});
}

task<void> ExoWatch::Watching::check(NodePtr node, Deadline deadline) {
  struct Asking {
    explicit Asking(Node& node) noexcept : node(node) { node.asked = true; }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() { node.asked = false; }
    Node& node;
  };
  const Asking asked(*node);
  ++metrics_.checks_total;
  const TimePoint start = scheduler_.now();
  const auto health = co_await node->link->health(deadline);
  if (health && health->healthy) {
    answered(*node, scheduler_.now() - start);
  } else {
    ++metrics_.failed_checks_total;
  }
}

void ExoWatch::Watching::answered(Node& node, Duration took) {
  if (node.forgotten) return;
  const TimePoint now = scheduler_.now();
  const bool was_there = node.silence && node.member.state == MemberState::healthy;
  if (!node.silence) {
    const Duration longest = options_.interval + options_.interval / 10;
    node.silence.emplace(SilenceLimits{.interval = longest}, now);
  }
  node.silence->answered(now, took);
  if (was_there) return;
  node.member.state = MemberState::healthy;
  node.member.since = now;
  for (auto at = nodes_.lower_bound(Key{node.member.id, {}});
       at != nodes_.end() && at->first.first == node.member.id;) {
    at->second->forgotten = at->second.get() != &node;
    at = at->second->forgotten ? nodes_.erase(at) : std::next(at);
  }
  changed();
}

/// Updates all states; returns the time of the next change.
TimePoint ExoWatch::Watching::judge() {
  const TimePoint now = scheduler_.now();
  TimePoint next = TimePoint::max();
  bool any_changed = false;
  for (auto at = nodes_.begin(); at != nodes_.end();) {
    Node& node = *at->second;
    if (is_to_be_forgotten(node, now)) {
      any_changed = any_changed || node.silence;
      node.forgotten = true;
      at = nodes_.erase(at);
      continue;
    }
    any_changed = judge(node, now) || any_changed;
    if (node.is_there()) {
      const bool healthy = node.member.state == MemberState::healthy;
      next = std::min(next, healthy ? node.silence->suspect_at() : node.silence->gone_at());
    }
    ++at;
  }
  if (any_changed) changed();
  return next;
}

/// Returns whether its state has changed.
bool ExoWatch::Watching::judge(Node& node, TimePoint now) noexcept {
  if (!node.silence || node.silence->state(now) == node.member.state) return false;
  node.member.state = node.silence->state(now);
  node.member.since = now;
  return true;
}

bool ExoWatch::Watching::is_to_be_forgotten(const Node& node, TimePoint now) const noexcept {
  if (node.is_there() || now - node.told < options_.forget_after) return false;
  return !node.silence || now - node.member.since >= options_.forget_after;
}

void ExoWatch::Watching::excuse_all(Duration late) noexcept {
  for (const auto& [key, node] : nodes_) {
    if (node->silence) node->silence->excuse(late);
  }
}

ExoWatch::ExoWatch(Scheduler& scheduler, LinkTo link_to, const ExoWatchOptions& options, std::uint64_t seed)
    : watching_(std::make_unique<Watching>(scheduler, std::move(link_to), options, seed)) {}
ExoWatch::~ExoWatch() = default;

void ExoWatch::join(const Candidate& candidate) { watching_->join(candidate); }
void ExoWatch::withdraw(const Candidate& candidate) { watching_->withdraw(candidate); }
std::vector<Member> ExoWatch::members() const { return watching_->members(); }
void ExoWatch::on_change(std::function<void()> changed) {
  watching_->changed = changed ? std::move(changed) : [] {};
}
ExoWatchMetrics ExoWatch::metrics() const noexcept { return watching_->metrics(); }

}  // namespace exocast
