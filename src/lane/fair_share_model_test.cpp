// SPDX-License-Identifier: Apache-2.0
// FairShare against a simple model: random requests, ends and waits, from seeds.
#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "lane/fair_share.h"

namespace exocast {
namespace {

using Claim = FairShare::Claim;

/// The same rules, with vectors and searches. Claims are numbers.
class Model {
 public:
  struct Entry {
    std::size_t flow;
    std::size_t target;
  };

  Model(std::size_t active_max, std::size_t per_target, std::size_t targets)
      : active_max_(active_max), per_target_(per_target), held_(targets), blocked_(targets) {}

  void request(std::size_t id, Entry claim) {
    known_.resize(std::max(known_.size(), id + 1));
    known_[id] = claim;
    if (held_[claim.target] == per_target_) {
      blocked_[claim.target].push_back(id);
    } else {
      ++held_[claim.target];
      queue_.push_back(id);
      if (std::ranges::find(turns_, claim.flow) == turns_.end()) turns_.push_back(claim.flow);
    }
    grant();
  }

  void release(std::size_t id) {
    const std::size_t target = known_[id].target;
    if (std::erase(blocked_[target], id) != 0) return;
    if (std::erase(queue_, id) != 0) {
      forget_idle_flow(known_[id].flow);
    } else {
      std::erase(granted, id);
    }
    --held_[target];
    if (!blocked_[target].empty()) {
      const std::size_t next = blocked_[target].front();
      blocked_[target].erase(blocked_[target].begin());
      ++held_[target];
      queue_.push_back(next);
      if (std::ranges::find(turns_, known_[next].flow) == turns_.end()) turns_.push_back(known_[next].flow);
    }
    grant();
  }

  std::vector<std::size_t> granted;  // in the order of grants

 private:
  void forget_idle_flow(std::size_t flow) {
    if (std::ranges::none_of(queue_, [&](std::size_t id) { return known_[id].flow == flow; })) std::erase(turns_, flow);
  }

  void grant() {
    while (granted.size() < active_max_ && !queue_.empty()) {
      const std::size_t flow = turns_.front();
      turns_.erase(turns_.begin());
      const auto next = std::ranges::find_if(queue_, [&](std::size_t id) { return known_[id].flow == flow; });
      granted.push_back(*next);
      queue_.erase(next);
      if (std::ranges::any_of(queue_, [&](std::size_t id) { return known_[id].flow == flow; })) turns_.push_back(flow);
    }
  }

  std::size_t active_max_;
  std::size_t per_target_;
  std::vector<std::size_t> held_;
  std::vector<std::vector<std::size_t>> blocked_;
  std::vector<std::size_t> queue_;
  std::vector<std::size_t> turns_;
  std::vector<Entry> known_;
};

constexpr std::size_t flows_count = 4;
constexpr std::size_t targets_count = 5;

/// Random steps on a FairShare; calls `check` after each.
struct Walk {
  explicit Walk(const FairLimits& limits, std::uint64_t seed) : share(limits), random(seed) {}

  std::size_t below(std::size_t bound) { return random() % bound; }

  void ask(std::size_t flow, std::size_t target) {
    share.request(claims.emplace_back(flows[flow], targets[target]), now);
    waiting_or_granted.push_back(claims.size() - 1);
  }
  std::size_t end_one() {
    const auto at = waiting_or_granted.begin() + static_cast<std::ptrdiff_t>(below(waiting_or_granted.size()));
    const std::size_t id = *at;
    waiting_or_granted.erase(at);
    share.release(claims[id], now);
    return id;
  }
  void grant() {
    while (share.grant_next(now) != nullptr) {
    }
  }

  std::vector<std::size_t> granted() const {
    std::vector<std::size_t> ids;
    for (const std::size_t id : waiting_or_granted) {
      if (claims[id].granted()) ids.push_back(id);
    }
    return ids;
  }

  FairShare share;
  std::mt19937_64 random;
  TimePoint now = TimePoint(std::chrono::hours(1));
  std::deque<FairShare::Flow> flows{flows_count};
  std::deque<FairShare::Target> targets{targets_count};
  std::deque<Claim> claims;
  std::vector<std::size_t> waiting_or_granted;
};

TEST(FairShareModel, GrantsExactlyWhatThePlainRulesGrant) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const std::size_t active_max = 1 + seed % 5;
    const std::size_t per_target = 1 + seed % 3;
    Walk walk({.active = active_max, .parked = 0, .per_target = per_target}, seed);
    Model model(active_max, per_target, targets_count);
    for (int step = 0; step < 200; ++step) {
      if (walk.waiting_or_granted.empty() || walk.below(5) < 3) {
        const std::size_t flow = walk.below(flows_count);
        const std::size_t target = walk.below(targets_count);
        walk.ask(flow, target);
        model.request(walk.claims.size() - 1, {flow, target});
      } else {
        model.release(walk.end_one());
        walk.grant();
      }
      std::vector<std::size_t> expected = model.granted;
      std::ranges::sort(expected);
      ASSERT_EQ(walk.granted(), expected) << "step " << step;
    }
  }
}

TEST(FairShareModel, AllBoundsHoldAtEveryStepAndNoPlaceStaysFreeWhileOneWaits) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const FairLimits limits{.active = 1 + seed % 4, .parked = seed % 3, .per_target = 2};
    Walk walk(limits, seed);
    for (int step = 0; step < 200; ++step) {
      walk.now += std::chrono::milliseconds(walk.below(40));
      walk.grant();
      if (walk.waiting_or_granted.empty() || walk.below(5) < 3) {
        walk.ask(walk.below(flows_count), walk.below(targets_count));
      } else {
        walk.end_one();
        walk.grant();
      }
      const FairMetrics& metrics = walk.share.metrics();
      ASSERT_LE(metrics.active, limits.active.count()) << "step " << step;
      ASSERT_LE(metrics.parked, *limits.parked) << "step " << step;
      ASSERT_EQ(metrics.in_flight(), walk.granted().size()) << "step " << step;
      ASSERT_EQ(metrics.waiting, walk.waiting_or_granted.size() - walk.granted().size()) << "step " << step;
      ASSERT_LE(metrics.in_flight(), 2 * targets_count) << "step " << step;
      const bool one_is_queued = std::ranges::any_of(walk.waiting_or_granted, [&](std::size_t id) {
        return !walk.claims[id].granted() && !walk.claims[id].blocked();
      });
      if (one_is_queued) {
        ASSERT_EQ(metrics.active, limits.active.count()) << "step " << step;
      }
    }
    EXPECT_LE(walk.share.metrics().in_flight_peak, limits.active.count() + *limits.parked);
  }
}

}  // namespace
}  // namespace exocast
