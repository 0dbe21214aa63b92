// SPDX-License-Identifier: Apache-2.0
#include "testing/cluster/sim_cluster_network.h"

#include <utility>

namespace exocast {

/// A datagram in flight.
struct SimClusterNetwork::Flight final : Timer {
  explicit Flight(SimClusterNetwork& network) : network(network) {}
  void fired() noexcept override {
    to->arrive(from->address(), content);
    network.landed_.splice(network.landed_.begin(), network.flights_, self);
  }
  SimClusterNetwork& network;
  const SimMachine* from = nullptr;
  SimMachine* to = nullptr;
  std::string content;
  std::list<Flight>::iterator self;
};

SimClusterNetwork::SimClusterNetwork(SimLoop& loop, const SimClusterOptions& options)
    : loop_(loop), random_(loop.random("datagrams")), options_(options) {}

SimClusterNetwork::~SimClusterNetwork() = default;

SimMachine& SimClusterNetwork::add(const PeerAddress& address) {
  return *machines_.emplace(address, std::make_unique<SimMachine>(*this, address)).first->second;
}

SimMachine* SimClusterNetwork::at(const PeerAddress& address) noexcept {
  const auto found = machines_.find(address);
  return found == machines_.end() ? nullptr : found->second.get();
}

void SimClusterNetwork::heal() noexcept {
  for (auto& [address, machine] : machines_) machine->set_group(0);
}

void SimClusterNetwork::send(const SimMachine& from, const PeerAddress& to, std::string_view content) {
  ++sent_;
  const bool lost = random_.chance(options_.loss);  // drawn even if cut, so that cuts do not shift later draws
  const bool repeated = random_.chance(options_.repeated);
  SimMachine* machine = at(to);
  if (lost || machine == nullptr || machine->group() != from.group() || from.is_down()) return;
  fly(from, *machine, content);
  if (repeated) fly(from, *machine, content);
}

void SimClusterNetwork::fly(const SimMachine& from, SimMachine& to, std::string_view content) {
  if (landed_.empty()) landed_.emplace_front(*this);
  flights_.splice(flights_.end(), landed_, landed_.begin());
  Flight& flight = flights_.back();
  flight.self = std::prev(flights_.end());
  flight.from = &from;
  flight.to = &to;
  flight.content = content;
  loop_.wake_at(flight, loop_.now() + random_.between(options_.delay_min, options_.delay_max));
}

SimMachine::SimMachine(SimClusterNetwork& network, PeerAddress address)
    : Scheduler(network.loop_.now()), network_(network), address_(std::move(address)) {}

void SimMachine::enter() noexcept { now_ = network_.loop_.now(); }

void SimMachine::stop() {
  stopped_ = true;
  Timer::disarm();
}

void SimMachine::go_on() {
  if (!std::exchange(stopped_, false)) return;
  enter();
  const bool timers_first = network_.random_.chance(0.5);
  if (timers_first) fire_due();
  read_waiting();
  if (!timers_first) fire_due();
  if (!ready_.empty() && !Runnable::queued()) network_.loop_.post(*this);
  arm();
}

void SimMachine::send(const PeerAddress& to, std::string_view content) noexcept {
  ++sent_;
  network_.send(*this, to, content);
}

void SimMachine::arrive(const PeerAddress& from, std::string_view content) {
  if (down_) return;
  if (stopped_) {
    if (waiting_bytes_ + content.size() > network_.options_.receive_buffer_bytes) return;
    waiting_bytes_ += content.size();
    waiting_.push_back({.from = from, .content = std::string(content)});
    return;
  }
  enter();
  ++received_;
  if (receiver_ != nullptr) receiver_->received(from, content);
}

void SimMachine::read_waiting() {
  for (auto waiting = std::exchange(waiting_, {}); const Waiting& one : waiting) arrive(one.from, one.content);
  waiting_bytes_ = 0;
}

void SimMachine::post(Runnable& runnable) noexcept {
  ready_.push_back(runnable);
  if (!stopped_ && !Runnable::queued()) network_.loop_.post(*this);
}

void SimMachine::run() noexcept {
  if (stopped_) return;
  enter();
  constexpr std::size_t batch = 64;
  ready_.run_batch(batch);
  if (!ready_.empty() && !Runnable::queued()) network_.loop_.post(*this);
}

void SimMachine::wake_at(Timer& timer, TimePoint time) noexcept {
  timers_.arm(timer, time, ++armed_);
  arm();
}

void SimMachine::arm() {
  if (stopped_ || timers_.empty()) return;
  if (Timer::armed() && Timer::time() <= timers_.next()) return;
  network_.loop_.wake_at(*this, timers_.next());
}

void SimMachine::fire_due() {
  for (std::size_t left = timers_.size(); left > 0; --left) {  // timers armed here wait for another turn
    Timer* due = timers_.pop_due(now_);
    if (due == nullptr) return;
    due->fired();
  }
}

void SimMachine::fired() noexcept {
  enter();
  fire_due();
  arm();
}

}  // namespace exocast
