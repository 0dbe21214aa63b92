// SPDX-License-Identifier: Apache-2.0
// Membership: construction, timers and leaving. Probes, received datagrams and updates are in membership_*.cpp.
#include "cluster/swim/membership.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "exocast/gather/wait.h"
#include "link/native/item.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

constexpr int goodbyes = 3;
constexpr Duration between_goodbyes = 50ms;
constexpr std::size_t goodbyes_to = 64;  // with more members, the news of it reach the others

/// `duration` plus or minus up to a tenth, so that nodes that started together do not probe together for ever.
Duration about(Duration duration, Random& random) { return random.between(duration * 9 / 10, duration * 11 / 10); }

std::optional<DeviceCapabilities> cut(std::optional<DeviceCapabilities> capabilities) {
  if (!capabilities) return capabilities;
  for (std::string* text : {&capabilities->model, &capabilities->chip}) {
    *text = to_utf8(*text);
    if (text->size() > capability_bytes_max) *text = to_utf8(text->substr(0, capability_bytes_max - 3));
    while (text->size() > capability_bytes_max) text->pop_back();
  }
  return capabilities;
}

}  // namespace

Membership::Membership(Scheduler& scheduler, DatagramPort& port, Member self, const MembershipOptions& options,
                       std::uint64_t seed)
    : scheduler_(scheduler),
      port_(port),
      options_(options),
      random_(seed),
      self_{.id = std::move(self.id),
            .address = std::move(self.address),
            .session = self.session,
            .incarnation = self.incarnation,
            .accuser = {}},
      capabilities_(cut(std::move(self.capabilities))),
      started_(scheduler.now()),
      awareness_(options_, metrics_),
      table_(self_.id),
      gossip_(port, self_, table_, metrics_),
      exchange_(scheduler, random_, gossip_, awareness_, table_, metrics_),
      alarm_(*this) {
  native::quiet_protobuf();
  port_.receive(this);
  next_tick_ = now() + random_.between(0ms, options_.period);
  next_sync_ = now() + about(options_.sync_interval, random_);
  wake_by(next_tick_);
}

Membership::~Membership() {
  if (!left_) port_.receive(nullptr);
}

void Membership::join(const Candidate& candidate) {
  if (left_ || candidate.id == self_.id) return;
  if (candidate.id.empty()) {
    if (table_.healthy_at(candidate.address) != nullptr) return;
  } else if (MemberRecord* known = table_.find(candidate.id);
             known != nullptr && known->member.state == MemberState::healthy) {
    // Another address may belong to the same node, which can have several, or to another node with its id.
    if (known->member.address == candidate.address || now() < known->asked + claimant_interval) return;
    known->asked = now();
  }
  identify(candidate.address, candidate.id, candidate.source, identify_pings);
}

void Membership::heard_from(std::string_view id) noexcept {
  if (MemberRecord* known = table_.find(id)) known->heard = now();
}

std::vector<Member> Membership::members() const {
  std::vector<Member> members;
  members.reserve(table_.all().size());
  for (const auto& [id, known] : table_.all()) members.push_back(known.member);
  return members;
}

task<void> Membership::leave(Deadline deadline) {
  if (std::exchange(left_, true)) co_return;
  port_.receive(nullptr);
  alarm_.disarm();
  self_.state = MemberState::left;
  for (int round = 1;; ++round) {
    gossip_.send_to_some(goodbyes_to, random_);
    if (round == goodbyes || deadline.passed(now())) co_return;
    co_await sleep_until(std::min(deadline, Deadline::after(now(), between_goodbyes)));
  }
}

void Membership::Alarm::fired() noexcept {
  // After the datagrams that arrived meanwhile: an ack that is already here counts.
  if (!queued()) of.scheduler_.post(*this);
}

void Membership::wake_by(TimePoint time) {
  if (alarm_.queued() || (alarm_.armed() && alarm_.time() <= time)) return;
  alarm_.due = time;
  scheduler_.wake_at(alarm_, time);
}

void Membership::wake() noexcept {
  if (left_) return;
  notice_standstill();
  if (now() >= listens_until_) {
    while (const std::uint64_t number = probes_.due(now())) continue_probe(number);
    end_suspicions();
    if (now() >= next_tick_) tick();
    exchange_.retry_if_due();
  }
  gossip_.send_urgent(now(), random_);
  wake_by(next_wake());
  notify_changes();
}

TimePoint Membership::next_wake() const {
  if (now() < listens_until_) return std::min(listens_until_, gossip_.next());
  return std::min({next_tick_, gossip_.next(), suspicions_end_, probes_.next(), exchange_.next()});
}

void Membership::notice_standstill() {
  const Duration late = now() - alarm_.due;
  if (late < options_.standstill) return;
  ++metrics_.standstills;
  listens_until_ = now() + options_.standstill;
  if (late < awareness_.verdict_timeout()) return;
  // Other members may suspect this node by now, and it has missed their updates.
  refute(self_.incarnation);
  exchange_.start_with_random();
}

void Membership::tick() {
  next_tick_ = now() + about(options_.period, random_);
  probe_some();
  if (now() >= next_gone_) probe_gone();
  exchange_.start_queued();
  if (now() >= next_sync_) {
    next_sync_ = now() + about(options_.sync_interval, random_);
    exchange_.start_with_random();
  }
  if (table_.forget(now() - options_.remembered, options_.remembered_max) > 0) changed_ = true;
}

void Membership::end_suspicions() {
  if (now() < suspicions_end_) return;
  suspicions_end_ = TimePoint::max();
  const std::vector<MemberRecord*> suspects = table_.suspects();  // changed while walked
  for (MemberRecord* known : suspects) {
    if (known->suspicion->ends() <= now()) end_suspicion(*known);
    if (known->suspicion) suspicions_end_ = std::min(suspicions_end_, known->suspicion->ends());
  }
}

void Membership::end_suspicion(MemberRecord& known) {
  if (known.heard > known.suspicion->began() + awareness_.ack_timeout()) {
    known.suspicion->restart(now());  // it is there, and has missed what is said of it
  } else {
    change(known, MemberState::gone);
  }
  gossip_.tell(known);
}

void Membership::spread_soon() {
  gossip_.hurry(now());
  wake_by(gossip_.next());
}

void Membership::start_exchange(const MemberRecord& with, bool mutual) {
  exchange_.start(with, mutual);
  wake_by(exchange_.next());
}

void Membership::notify_changes() {
  if (!std::exchange(changed_, false) || !on_change_) return;
  on_change_();
}

}  // namespace exocast
