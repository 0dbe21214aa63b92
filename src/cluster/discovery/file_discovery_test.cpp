// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/file_discovery.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/cluster/discovery_fixture.h"
#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileDiscoveryTest : public testing::Test {
 protected:
  FileDiscoveryTest() { std::filesystem::create_directory(folder); }
  ~FileDiscoveryTest() override {
    *end = true;
    end->notify_all();
    std::filesystem::remove_all(folder);
  }

  /// Entries as "id=host:port".
  static std::string json(const std::vector<std::string>& entries) {
    std::string peers;
    for (const std::string& entry : entries) {
      const Peer peer = parse_peer(entry).value();
      peers += fmt::format(R"({}"{}": {{"address": "{}", "port": {}}})", peers.empty() ? "" : ", ", peer.id,
                           peer.address.host, peer.address.port);
    }
    return R"({"peers": {)" + peers + "}}";
  }
  void write(std::string_view content) const { std::ofstream(path) << content; }
  void replace(std::string_view content) const {
    std::ofstream(path + ".new") << content;
    std::filesystem::rename(path + ".new", path);
  }
  std::unique_ptr<FileDiscovery> start(const std::string& own_id = "me") {
    const AsioLoop::Entry inside(loop);
    auto file = FileDiscovery::start(
        loop, path, own_id, found, [this](std::string_view line) { faults.emplace_back(line); },
        {.interval = 5ms, .resolve_interval = 10ms, .resolve_timeout = 100ms, .look_up = look_up()});
    EXPECT_TRUE(file) << file.error();
    return *std::move(file);
  }
  /// "good" has an address, "bad" has none, and "hangs" gets no answer before the test ends.
  NameResolver::LookUp look_up() {
    return [good = good, end = end](const std::string& host) -> NameResolver::Resolved {
      if (host == "bad") return std::unexpected("no such name");
      if (host == "hangs") end->wait(false);
      return good->load();
    };
  }
  std::string error_of_start() {
    const AsioLoop::Entry inside(loop);
    const auto file = FileDiscovery::start(loop, path, "me", found, [](std::string_view) {});
    return file ? "none" : file.error();
  }
  bool eventually(const std::function<bool()>& holds) { return exocast::eventually(loop, holds); }

  AsioLoop loop;
  FoundCandidates found;
  std::vector<std::string> faults;
  // Shared with the lookups' threads, which may outlive the test.
  std::shared_ptr<std::atomic<const char*>> good = std::make_shared<std::atomic<const char*>>("10.0.0.7");
  std::shared_ptr<std::atomic<bool>> end = std::make_shared<std::atomic<bool>>(false);
  const std::string folder = testing::TempDir() + "file_discovery_test." + std::to_string(::getpid());
  const std::string path = folder + "/peers.json";
};

TEST_F(FileDiscoveryTest, TellsOfAllEntriesAtOnceButItsOwn) {
  write(json({"me=10.0.0.1:50051", "a=10.0.0.2:50051", "b=[fd00::3]:50052"}));
  const auto file = start();
  EXPECT_THAT(found.ids(), ElementsAre("a", "b"));  // before the loop has run
  const Candidate a = found.last("a");
  EXPECT_EQ(a.address, (PeerAddress{.host = "10.0.0.2", .port = 50051}));
  EXPECT_EQ(a.kind, NodeKind::unknown);
  EXPECT_EQ(a.source, "file");
  EXPECT_EQ(file->metrics().listed, 2U);
}

TEST_F(FileDiscoveryTest, NeedNotListItself) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start("me");
  EXPECT_THAT(found.ids(), ElementsAre("a"));
}

TEST_F(FileDiscoveryTest, TellsAgainAndAgain) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start();
  EXPECT_TRUE(eventually([&] { return found.count("a") >= 5; }));
}

TEST_F(FileDiscoveryTest, NoticesAChangeOfTheFile) {
  write(json({"a=10.0.0.2:50051", "b=10.0.0.3:50051"}));
  const auto file = start();
  write(json({"b=10.0.0.3:50051", "c=10.0.0.4:50051"}));
  EXPECT_TRUE(eventually([&] { return found.ids().contains("c"); }));
  ASSERT_EQ(found.gone.size(), 1U);
  EXPECT_EQ(found.gone[0].id, "a");
  EXPECT_EQ(found.gone[0].address.host, "10.0.0.2");
}

TEST_F(FileDiscoveryTest, NoticesThatTheFileIsReplacedByOneOfTheSameSize) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start();
  replace(json({"b=10.0.0.2:50051"}));
  EXPECT_TRUE(eventually([&] { return found.ids().contains("b"); }));
  EXPECT_EQ(found.gone.size(), 1U);
}

TEST_F(FileDiscoveryTest, AnEntryThatMovesIsWithdrawnAndFound) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start();
  replace(json({"a=10.0.0.9:50051"}));
  EXPECT_TRUE(eventually([&] { return found.last("a").address.host == "10.0.0.9"; }));
  ASSERT_EQ(found.gone.size(), 1U);
  EXPECT_EQ(found.gone[0].address.host, "10.0.0.2");
}

TEST_F(FileDiscoveryTest, KeepsItsListWhenTheNewContentIsWrongAndSaysSoOnce) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start();
  replace(R"({"peers": {"a": {"address": "10.0.0.2", "port": 0}}})");
  EXPECT_TRUE(eventually([&] { return !faults.empty(); }));
  const std::size_t told = found.count("a");
  EXPECT_TRUE(eventually([&] { return found.count("a") > told + 5; }));
  EXPECT_THAT(faults, ElementsAre(path + ": peers.a.port: 0 is not in 1..65535"));
  EXPECT_THAT(found.gone, IsEmpty());
  replace(json({"b=10.0.0.3:50051"}));
  EXPECT_TRUE(eventually([&] { return found.ids().contains("b"); }));
  replace("{");  // reported again, because it was valid in between
  EXPECT_TRUE(eventually([&] { return faults.size() == 2; }));
}

TEST_F(FileDiscoveryTest, KeepsItsListWhileThereIsNoFile) {
  write(json({"a=10.0.0.2:50051"}));
  const auto file = start();
  std::filesystem::remove(path);
  EXPECT_TRUE(eventually([&] { return !faults.empty(); }));
  EXPECT_THAT(faults, ElementsAre(path + ": No such file or directory"));
  EXPECT_THAT(found.gone, IsEmpty());
  write(json({"b=10.0.0.3:50051"}));
  EXPECT_TRUE(eventually([&] { return found.ids().contains("b"); }));
}

TEST_F(FileDiscoveryTest, LooksUpNamesAndNoneOfThemDelaysTheOthers) {
  write(json({"a=10.0.0.2:50051", "bad=bad:50051", "good=good:50051", "hangs=hangs:50051"}));
  const auto file = start();
  EXPECT_THAT(found.ids(), ElementsAre("a"));
  EXPECT_TRUE(eventually([&] { return found.ids().contains("good") && !faults.empty(); }));
  EXPECT_EQ(found.last("good").address, (PeerAddress{.host = "10.0.0.7", .port = 50051}));
  EXPECT_THAT(faults, ElementsAre(path + ": peers.bad.address: bad: no such name"));
  EXPECT_EQ(file->metrics().unresolved, 2U);
}

TEST_F(FileDiscoveryTest, LooksUpNamesAgain) {
  write(json({"good=good:50051"}));
  const auto file = start();
  EXPECT_TRUE(eventually([&] { return found.ids().contains("good"); }));
  *good = "10.0.0.8";
  EXPECT_TRUE(eventually([&] { return found.last("good").address.host == "10.0.0.8"; }));
  ASSERT_EQ(found.gone.size(), 1U);
  EXPECT_EQ(found.gone[0].address.host, "10.0.0.7");
}

TEST_F(FileDiscoveryTest, CannotStartWithoutAFileThatIsRight) {
  EXPECT_EQ(error_of_start(), path + ": No such file or directory");
  write("{}");
  EXPECT_THAT(error_of_start(), HasSubstr("expected an object with the key \"peers\""));
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(error_of_start(), path + ": not a regular file");  // reading it would block until there is a writer
}

}  // namespace
}  // namespace exocast
