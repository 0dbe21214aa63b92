// SPDX-License-Identifier: Apache-2.0
#include "testing/lane/lane_peer.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "testing/lane/merging_link.h"

namespace exocast {

using namespace std::chrono_literals;

namespace {

int number_of(const Message& message) { return message.tokens().empty() ? -1 : message.tokens().front(); }

}  // namespace

/// Counts the batches in progress. In histories that are compared with and without another peer's faults it is not told
/// of its log: that says what the other peers have, so it differs by design.
class LanePeer::Counted final : public Link {
 public:
  Counted(std::unique_ptr<Link> link, Load& own, Load& all, bool has_log)
      : link_(std::move(link)), own_(own), all_(all), has_log_(has_log) {}
  std::string_view kind() const noexcept override { return link_->kind(); }
  std::size_t message_bytes_max() const noexcept override { return link_->message_bytes_max(); }
  LinkTraits traits() const noexcept override { return link_->traits(); }
  task<Answer> deliver(Message message, Deadline deadline) override {
    return link_->deliver(std::move(message), deadline);
  }
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override {
    const Load::Hold in_all(all_);
    const Load::Hold in_own(own_);
    if (!has_log_) options.log = nullptr;
    co_return co_await link_->deliver_all(batch, options);
  }
  void tell(const LogProgress& log) override { link_->tell(log); }

 private:
  std::unique_ptr<Link> link_;
  Load& own_;
  Load& all_;
  bool has_log_;
};

LanePeer::LanePeer(SimLoop& loop, std::size_t index, const LaneHistoryOptions& options, Random random, Gauges& gauges)
    : loop_(loop),
      options_(options),
      name_("p" + std::to_string(index)),
      random_(random),
      wires_seed_(random_()),
      treatments_(Random(random_())),
      takes_(random_.chance(0.5) ? options.draw(random_, 0ms, 4ms) : 0ms),
      refuses_(random_.chance(0.3) ? 3 + random_.below(5) : 0) {
  wire_options_ = {.delay_min = 1us, .delay_max = random_.between(1us, 20ms)};
  if (options.coarse) wire_options_.delay_min = wire_options_.delay_max = 1ms * random_.below(2);
  if (random_.chance(0.3)) wire_options_.piece_bytes_max = 1 + random_.below(100);
  odds_ = {.refused = 0.2 * static_cast<double>(random_.below(4)),
           .dropped = 0.1,
           .unanswered = 0.1,
           .breaks = 0.1,
           .there_max = 20ms,
           .back_max = 20ms};
  drawn_ = sim_drawn(Random(random_()), odds_);
  std::unique_ptr<Link> link;
  restart();
  if (options.merging) {
    sim_peer_ = std::make_unique<SimPeer>([this](const Message& message) { return hear(message); });
    link = std::make_unique<MergingLink>(loop_, *sim_peer_, [this] { return treat(); }, 16);
  } else {
    NativeLinkOptions native;
    native.window_messages = 256;
    native.seed = random_() | 1U;
    link = std::make_unique<NativeLink>(
        loop_,
        std::make_unique<SimDialer>([this](std::uint64_t attempt) { return dial(attempt); },
                                    options.draw(random_, 0ms, 20ms)),
        native);
  }
  link_ = std::make_shared<Counted>(std::move(link), gauge_, gauges.all, !options.apart);
}

SimTreatment LanePeer::treat() {
  SimTreatment drawn = drawn_();
  if (healthy_) drawn.fate = SimFate::arrives;
  return drawn;
}

void LanePeer::restart() {
  receiver_.reset();
  under_way = 0;
  heard.emplace_back();
  receiver_ = std::make_unique<NativeReceiver>(
      loop_, *this, NativeReceiverOptions{.node_id = name_, .seed = ++incarnations_ * 8 + 1});
}

std::expected<std::unique_ptr<ByteStream>, Status> LanePeer::dial(std::uint64_t attempt) {
  if (refuses_dials_) return std::unexpected(Status::unavailable("refused"));
  auto wire = SimWire::make(loop_, Random(wires_seed_ + attempt), wire_options_);
  wires_.push_back(wire);
  receiver_->serve(wire->end(SimWire::second));
  return wire->end(SimWire::first);
}

LanePeer::Answer LanePeer::hear(const Message& message) {
  const std::size_t refuses = healthy_ ? 0 : refuses_;
  if (refuses > 0 && static_cast<std::size_t>(number_of(message)) % refuses == 0) {
    return std::unexpected(Status::resource_exhausted("no"));
  }
  int last = -1;
  for (const int number : message.tokens()) {
    if (number == std::exchange(last, number)) continue;  // padding
    heard.back().push_back(number);
    ++times[number];
    if (accepted.size() <= static_cast<std::size_t>(number)) accepted.resize(static_cast<std::size_t>(number) + 1);
    accepted[static_cast<std::size_t>(number)] = true;
  }
  return {};
}

task<LanePeer::Answer> LanePeer::accept(Message message) {
  ++under_way;
  EXPECT_LE(under_way, all_stream_classes.size() + 1) << "one for each session of a link";
  if (takes_ > 0ms) co_await sleep_for(takes_);
  --under_way;
  co_return hear(message);
}

task<void> LanePeer::do_harm(Random random, TimePoint until) {
  healthy_ = false;
  while (loop_.now() < until) {
    co_await sleep_for(options_.draw(random, 1ms, 400ms));
    const auto learns = [&] { return options_.draw(random, 0ms, random.chance(0.2) ? 2s : 20ms); };
    const std::shared_ptr<SimWire> wire =
        wires_.empty() ? nullptr : wires_[wires_.size() - 1 - random.below(std::min<std::size_t>(2, wires_.size()))];
    const std::uint64_t harm = random.below(6);
    if (harm < 2 && wire) wire->cut(learns(), learns());
    if (harm == 2 && wire) wire->cut(random.chance(0.5) ? 10s : 1ms, random.chance(0.5) ? 1ms : 10s);  // half-open
    if (harm == 3 && random.chance(0.5)) restart();
    if (harm == 4 && wire) {
      const auto side = random.chance(0.5) ? SimWire::first : SimWire::second;
      wire->stall(side);
      co_await sleep_for(options_.draw(random, 1ms, 900ms));
      wire->resume(side);
    }
    if (harm == 5) {
      refuses_dials_ = true;
      co_await sleep_for(options_.draw(random, 1ms, 1500ms));
      refuses_dials_ = false;
    }
  }
  heal();
}

/// Ends half-open wires now.
void LanePeer::heal() {
  healthy_ = true;
  refuses_dials_ = false;
  for (const auto& wire : wires_) {
    wire->resume(SimWire::first);
    wire->resume(SimWire::second);
  }
}

void LanePeer::close() {
  link_.reset();
  receiver_.reset();
  for (const auto& wire : wires_) EXPECT_TRUE(wire->closed(SimWire::first) && wire->closed(SimWire::second));
}

}  // namespace exocast
