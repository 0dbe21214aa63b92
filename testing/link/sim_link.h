// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimLink: a Link in memory, on any Scheduler, whose faults are planned message by message; questions are treated
// alike.
//
// The network's side of a message (Exchange) is apart from the waiting sender (Call), as in life: a sender that gave up
// does not take back what is on its way, and an answer that nobody waits for changes nothing. Deliveries end by their
// deadline and when stopped, as a Link's must, unless the plan makes them deaf to both for a while. Threading: one
// thread, that of the scheduler; no locks. Lifetime: scheduler and peer outlive the link, the link its deliveries.
// Destroyed, it forgets what is on its way.

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
  Duration connect = Duration::zero();                      ///< before the first message, and again after a break
};

struct SimLinkMetrics {
  std::size_t waiting = 0;  ///< deliveries under way, as the sender sees it
  std::size_t waiting_peak = 0;
  std::size_t sent = 0;             ///< messages given to deliver()
  std::size_t ignored_answers = 0;  ///< came late or a second time: nobody waited for them
  std::size_t breaks = 0;           ///< of the connection
};

class SimLink final : public Link {
 public:
  SimLink(Scheduler& scheduler, SimPeer& peer, SimPlan plan = sim_always({}), const SimLinkOptions& options = {});
  ~SimLink() override;

  std::string_view kind() const noexcept override { return "sim"; }
  std::size_t message_bytes_max() const noexcept override { return options_.message_bytes_max; }

  /// A message over the limit is answered RESOURCE_EXHAUSTED, as a real far end does.
  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override;

  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override;

  const SimLinkMetrics& metrics() const noexcept { return metrics_; }

 private:
  class Call;
  class Exchange;
  using Sent = std::variant<Message, Question>;
  using Answer = std::expected<std::string, Status>;  // to a message that is accepted: ""

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
