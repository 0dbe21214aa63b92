// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/name_resolver.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// A name service that answers "hangs" only when released; "bad" has no address.
class NameService {
 public:
  ~NameService() { let_go(); }
  NameResolver::Resolved look_up(const std::string& host) {
    if (host == "bad") return std::unexpected("no such name");
    if (host == "hangs") free_.wait(false);
    return "10.0.0.1";
  }
  void let_go() {
    free_ = true;
    free_.notify_all();
  }

 private:
  std::atomic<bool> free_ = false;
};

class NameResolverTest : public testing::Test {
 protected:
  ~NameResolverTest() override {
    service->let_go();
    eventually(loop, [&] { return resolver.lookups() == 0; });
  }
  NameResolver::LookUp look_up() {
    return [service = service](const std::string& host) { return service->look_up(host); };
  }
  static std::string text(const Outcome<std::string, std::string>& outcome) {
    if (outcome.ok()) return outcome.value();
    return "! " + (outcome.error() != nullptr ? *outcome.error() : std::string(to_string(outcome.reason())));
  }
  /// The address, or "! " and the error.
  std::string resolve(std::string host, Duration timeout = 60s) {
    return text(loop.run(resolver.resolve(std::move(host), Deadline::after(Clock::now(), timeout))));
  }
  /// Resolves all of them at the same time.
  std::vector<std::string> resolve_all(const std::vector<std::string>& hosts, Duration timeout = 60s) {
    const auto all = [](NameResolver& resolver, const std::vector<std::string>& hosts,
                        Deadline deadline) -> task<std::vector<std::string>> {
      const auto each = [&](const std::string& host) { return resolver.resolve(host, deadline); };
      const auto gathered = co_await gather(hosts, each);
      std::vector<std::string> texts;
      for (const auto& outcome : gathered.outcomes) texts.push_back(text(outcome));
      co_return texts;
    };
    return loop.run(all(resolver, hosts, Deadline::after(Clock::now(), timeout))).value();
  }

  AsioLoop loop;
  std::shared_ptr<NameService> service = std::make_shared<NameService>();  // shared with the threads
  NameResolver resolver{loop, look_up()};
};

TEST_F(NameResolverTest, GivesNumericAddressesBackWithoutAThread) {
  EXPECT_EQ(resolve("10.1.2.3", 0s), "10.1.2.3");
  EXPECT_EQ(resolve("fe80::1%lo", 0s), "fe80::1%lo");
  EXPECT_EQ(resolver.lookups(), 0U);
}

TEST_F(NameResolverTest, AsksTheSystemForIPv4First) {
  EXPECT_EQ(NameResolver::system_look_up("localhost"), "127.0.0.1");
}

TEST_F(NameResolverTest, SaysWhyThereIsNoAddress) {
  EXPECT_EQ(resolve("bad"), "! no such name");
  EXPECT_EQ(resolver.lookups(), 0U);
}

TEST_F(NameResolverTest, ANameThatHangsDelaysNoOther) {
  EXPECT_THAT(resolve_all({"hangs", "hangs", "good", "bad"}, 100ms),
              ElementsAre("! no answer from the name service in time", "! no answer from the name service in time",
                          "10.0.0.1", "! no such name"));
  EXPECT_EQ(resolver.lookups(), 2U);  // abandoned lookups cannot be cancelled
  service->let_go();
  EXPECT_TRUE(eventually(loop, [&] { return resolver.lookups() == 0; }));
}

TEST_F(NameResolverTest, LooksUpABoundedNumberAtOnce) {
  const std::vector<std::string> hang(NameResolver::lookups_max, "hangs");
  resolve_all(hang, 10ms);
  EXPECT_EQ(resolver.lookups(), NameResolver::lookups_max);
  EXPECT_EQ(resolve("good"), "! too many names are being looked up");
  EXPECT_EQ(resolve("10.1.2.3"), "10.1.2.3");
}

TEST_F(NameResolverTest, MayBeDestroyedWhileItLooksUp) {
  {
    NameResolver short_lived(loop, look_up());
    loop.run(short_lived.resolve("hangs", Deadline::after(Clock::now(), 1ms)));
    EXPECT_EQ(short_lived.lookups(), 1U);
  }
  service->let_go();
  EXPECT_EQ(resolve("good"), "10.0.0.1");  // the loop still runs
}

}  // namespace
}  // namespace exocast
