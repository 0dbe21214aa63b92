// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimLink: a Link in memory, on any Scheduler, with planned faults for each message and each question.
//
// The network's side of a message (Exchange) is separate from the waiting sender (Call), as in a real network: a sender
// that gives up does not recall the message, and a late answer changes nothing. Deliveries end by their deadline and
// when stopped, as every Link's must, unless the plan makes them deaf to both for a while. Threading: one thread, that
// of the scheduler; no locks. Lifetime: scheduler and peer outlive the link, the link its deliveries. Its destructor
// drops the messages in flight.

#include <list>
#include <string>
#include <string_view>
#include <variant>

#include "exocast/gather/scheduler.h"
#include "exocast/link.h"
#include "testing/link/sim_peer.h"
#include "testing/link/sim_plan.h"

namespace exocast {

struct SimLinkOptions {
  std::size_t message_bytes_max = std::size_t{256} << 20U;  ///< exo's limit, 256 MiB
  Duration connect = Duration::zero();                      ///< before the first message, and after each break
};

struct SimLinkMetrics {
  std::size_t waiting = 0;  ///< deliveries in progress, as the sender sees it
  std::size_t waiting_peak = 0;
  std::size_t sent = 0;             ///< messages given to deliver()
  std::size_t ignored_answers = 0;  ///< late or second answers
  std::size_t breaks = 0;           ///< of the connection
};

class SimLink final : public Link {
 public:
  SimLink(Scheduler& scheduler, SimPeer& peer, SimPlan plan = sim_always({}), const SimLinkOptions& options = {});
  ~SimLink() override;

  std::string_view kind() const noexcept override { return "sim"; }
  std::size_t message_bytes_max() const noexcept override { return options_.message_bytes_max; }

  /// A message over the limit is answered RESOURCE_EXHAUSTED, as by a real peer.
  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override;

  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override;

  const SimLinkMetrics& metrics() const noexcept { return metrics_; }

 private:
  class Call;
  class Exchange;
  using Sent = std::variant<Message, Question>;
  using Answer = std::expected<std::string, Status>;  // to an accepted message: ""

  Answer arrived(const Sent& sent);

  void break_connection();
  TimePoint connected_at();

  Scheduler& scheduler_;
  SimPeer& peer_;
  SimPlan plan_;
  SimLinkOptions options_;
  SimLinkMetrics metrics_;
  bool connected_ = false;
  TimePoint connected_at_{};
  std::list<Exchange> exchanges_;
};

}  // namespace exocast
