// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/lan_discovery.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "cluster/discovery/announcement.h"
#include "cluster/discovery/announcement_routes.h"
#include "cluster/discovery/heard_nodes.h"
#include "cluster/udp/udp_port.h"

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t datagram_bytes_max = 512;  // an announcement with the longest id, in its envelope, with a reserve

}  // namespace

class LanDiscovery::Announcer final : private Timer, private UdpSocket::Receiver {
 public:
  Announcer(Poller& poller, const Member& self, CandidateSink& sink, LanDiscoveryOptions options)
      : poller_(poller), self_(self), sink_(sink), options_(std::move(options)), random_(random_seed()) {}

  /// Returns why it cannot start; nothing on success.
  std::optional<std::string> begin() {
    const auto at = endpoint_of(self_.address);
    if (!at) return fmt::format("cannot announce {}: not a numeric address", to_line(to_string(self_.address)));
    listen_ = at->address();
    const bool everywhere = listen_.is_unspecified();
    if (everywhere || listen_.is_v4()) open(v4_, ip::address_v4::any());
    if (listen_.is_v6() || (everywhere && UdpSocket::has_ipv6())) open(v6_, ip::address_v6::any());
    if (fault_) return fault_;
    announce();
    return std::nullopt;
  }

  LanDiscoveryMetrics metrics() const noexcept {
    LanDiscoveryMetrics all = metrics_;
    for (const Sockets* sockets : {&v4_, &v6_}) {
      if (sockets->voice) all.sent_total += sockets->voice->metrics().sent_total;
      if (sockets->voice) all.send_failures_total += sockets->voice->metrics().send_failures_total;
      for (const auto& socket : {std::cref(sockets->ear), std::cref(sockets->voice)}) {
        if (socket.get()) all.malformed_total += socket.get()->metrics().oversized_total;
      }
    }
    return all;
  }

 private:
  /// The sockets of one address family.
  struct Sockets {
    std::unique_ptr<UdpSocket> ear;    // receives broadcasts and multicasts; shared with other nodes of this machine
    std::unique_ptr<UdpSocket> voice;  // sends announcements and receives answers; not shared
  };

  const ClusterKey* key() const noexcept { return options_.key ? &*options_.key : nullptr; }

  void open(Sockets& sockets, const ip::address& any) {
    auto ear = UdpSocket::open(
        poller_, *this, {.bind = {any, options_.port}, .shared = true, .datagram_bytes_max = datagram_bytes_max});
    auto voice = UdpSocket::open(
        poller_, *this,
        {.bind = {listen_.is_unspecified() ? any : listen_, 0}, .datagram_bytes_max = datagram_bytes_max});
    if (!ear) fault_ = std::move(ear.error());
    if (!voice) fault_ = std::move(voice.error());
    if (fault_) return;
    sockets = {*std::move(ear), *std::move(voice)};
  }

  void fired() noexcept override { announce(); }

  void announce() noexcept {
    ++metrics_.announcements_total;
    const std::string content = encode(announcement(false));
    for (const auto& [source, to] : announcement_routes(listen_, interface_addresses(), options_.port)) {
      Sockets& sockets = to.address().is_v4() ? v4_ : v6_;
      if (!sockets.voice) continue;
      if (to.address().is_multicast()) sockets.ear->join(to.address(), source.interface_index);
      sockets.voice->send(to, sealed(content), source);
    }
    const auto announced = static_cast<std::uint32_t>(metrics_.announcements_total);
    const Duration pause = announcement_pause(announced, options_.interval, random_);
    poller_.loop().wake_at(*this, poller_.loop().now() + pause);
  }

  Announcement announcement(bool answer) const {
    return {.id = self_.id,
            .session = self_.session,
            .port = self_.address.port,
            .number = static_cast<std::uint32_t>(metrics_.announcements_total),
            .answer = answer};
  }

  std::string sealed(std::string_view content) {
    return seal(content, Purpose::announcement, key(), wall_now(), random_());
  }

  void on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept override {
    const auto content = unseal(datagram, Purpose::announcement, key(), wall_now(), window_);
    if (!content) {
      ++metrics_.refused_total[std::to_underlying(content.error())];
      return;
    }
    const auto heard = decode_announcement(*content);
    if (!heard) {
      ++metrics_.malformed_total;
    } else if (heard->session != self_.session) {
      hear(*heard, from);
    }
  }

  void hear(const Announcement& heard, const UdpEndpoint& from) {
    if (!is_reachable(listen_, from.address())) {
      ++metrics_.out_of_reach_total;
      return;
    }
    const TimePoint now = poller_.loop().now();
    switch (heard_.hear(heard.session, heard.number, now)) {
      case HeardNodes::Hearing::no_room:
        ++metrics_.no_room_total;
        return;
      case HeardNodes::Hearing::copy:
        return;
      case HeardNodes::Hearing::newcomer:
        ++metrics_.newcomers_total;
        if (!heard.answer && budget_.take(heard_.nodes(), now, random_)) answer(from);
        break;
      case HeardNodes::Hearing::known:
        break;
    }
    ++metrics_.heard_total;
    sink_.found({.id = heard.id,
                 .address = {.host = address_of(from).host, .port = heard.port},
                 .kind = NodeKind::exocast,
                 .capabilities = std::nullopt,
                 .source = "lan"});
  }

  void answer(const UdpEndpoint& to) {
    ++metrics_.answers_total;
    (to.address().is_v4() ? v4_ : v6_).voice->send(to, sealed(encode(announcement(true))));
  }

  Poller& poller_;
  const Member self_;
  CandidateSink& sink_;
  const LanDiscoveryOptions options_;
  Random random_;
  ip::address listen_;
  std::optional<std::string> fault_;
  HeardNodes heard_;
  AnswerBudget budget_;
  ReplayWindow window_;
  LanDiscoveryMetrics metrics_;
  Sockets v4_;
  Sockets v6_;
};

std::expected<std::unique_ptr<LanDiscovery>, std::string> LanDiscovery::start(Poller& poller, const Member& self,
                                                                              CandidateSink& sink,
                                                                              LanDiscoveryOptions options) {
  auto announcer = std::make_unique<Announcer>(poller, self, sink, std::move(options));
  if (auto fault = announcer->begin()) return std::unexpected(*std::move(fault));
  return std::unique_ptr<LanDiscovery>(new LanDiscovery(std::move(announcer)));
}

LanDiscovery::LanDiscovery(std::unique_ptr<Announcer> announcer) noexcept : announcer_(std::move(announcer)) {}
LanDiscovery::~LanDiscovery() = default;

LanDiscoveryMetrics LanDiscovery::metrics() const noexcept { return announcer_->metrics(); }

}  // namespace exocast
