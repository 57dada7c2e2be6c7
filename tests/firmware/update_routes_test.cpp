// Models and programs over HTTP: who may bring them, what each refusal says, and what the program's task does with it.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "firmware/server/server.h"
#include "firmware/update/answers.h"
#include "firmware/update/model_routes.h"
#include "firmware/update/program_route.h"
#include "tests/firmware/fake_card.h"
#include "tests/firmware/fake_flash.h"
#include "tests/firmware/server_client.h"
#include "tests/support/model_fixture.h"

namespace thimble::testing {
namespace {

constexpr size_t kPartitionBytes = 320 * 1024;
constexpr const char* kRight = "once upon a time";
constexpr uint64_t kSecond = 1'000'000;

class UpdateRoutesTest : public ::testing::Test {
 protected:
  UpdateRoutesTest() : image_(to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8)) {
    partitions_["model"] = as_partition(image_.span(), kPartitionBytes);
    partitions_["model_b"] = as_partition({}, kPartitionBytes);
    flash_.facts = {"storyteller", "1.0", 9, 64 * 1024, false, false};
    flash_.places[0] = {FakeFlash::program("storyteller", 9, 20'000, 0x11), ProgramPlace::State::kValid};
    web::Options options;
    options.routes = routes_;
    server_.emplace(options);
    models_.set_used("model", "");
    FakeTime::now_us += 1000 * kSecond;
  }

  std::string_view image() { return {reinterpret_cast<const char*>(image_.span().data()), image_.span().size()}; }
  void allow() { permission_.allow(update::now_us()); }

  // A request whose body is all brought, and its answer, as far as it is there.
  HttpClient ask(HttpMethod method, std::string_view path, std::string_view query = {}, std::string_view body = {},
                 std::string_view authorization = {}) {
    HttpRequest request = request_of(method, path, body);
    request.query = query;
    request.authorization = authorization;
    HttpClient client(*server_, request, body);
    client.bring();
    client.take();
    return client;
  }
  HttpClient upload(std::string_view body, std::string_view authorization = {}) {
    return ask(HttpMethod::kPost, "/api/models", {}, body, authorization);
  }
  // An upload of which `bytes` came so far.
  HttpClient begin_upload(size_t bytes) {
    HttpClient client(*server_, request_of(HttpMethod::kPost, "/api/models", image()), image());
    client.bring(bytes);
    return client;
  }
  bool holds_model(const char* label) {
    const auto there = partitions_[label].span();
    return std::equal(image_.span().begin(), image_.span().end(), there.begin());
  }

  Partitions partitions_;
  FakeFlash flash_{partitions_};
  CardFiles files_;
  FakeCard card_{files_};
  const tools::ImageBytes image_;
  access::Password password_;
  access::Permission permission_{password_};
  update::ModelRoutes models_{permission_, "/sdcard"};
  update::ProgramRoute program_{permission_};
  web::Route* const routes_[2] = {&models_, &program_};
  std::optional<web::Server> server_;
};

// --- who may ---

TEST_F(UpdateRoutesTest, WithoutAPasswordTheConsoleHasToAllowIt) {
  for (const auto& [method, path] :
       {std::pair(HttpMethod::kPost, "/api/models"), std::pair(HttpMethod::kPost, "/api/models/select"),
        std::pair(HttpMethod::kDelete, "/api/models"), std::pair(HttpMethod::kPost, "/api/update")}) {
    const HttpClient client = ask(method, path, "name=model_b", "12345");
    EXPECT_EQ(client.status, 403) << path;
    EXPECT_NE(client.answer.find("type /allow on the board's serial console"), std::string::npos) << client.answer;
  }
  EXPECT_EQ(flash_.steps, 0u);
  allow();
  EXPECT_EQ(upload(image()).status, 201);
  FakeTime::now_us += access::Permission::kAllowedMicroseconds;
  EXPECT_EQ(upload(image()).status, 403);
}

TEST_F(UpdateRoutesTest, ThePasswordIsAskedFor) {
  ASSERT_TRUE(password_.set(kRight).ok());
  const HttpClient without = upload(image());
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(without.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(upload(image(), "Bearer a wrong one").status, 401);
  const HttpClient paused = upload(image(), std::string("Bearer ") + kRight);
  EXPECT_EQ(paused.status, 429);
  EXPECT_EQ(paused.headers.retry_after, 1u);
  FakeTime::now_us += kSecond;
  EXPECT_EQ(upload(image(), std::string("Bearer ") + kRight).status, 201);
  EXPECT_TRUE(holds_model("model_b"));
}

TEST_F(UpdateRoutesTest, PagesFromElsewhereMayNotAsk) {
  allow();
  for (const auto& [host, origin] : {std::pair("evil.example", ""), std::pair("192.168.4.1", "http://evil.example")}) {
    HttpRequest request = request_of(HttpMethod::kPost, "/api/models", image());
    request.host = host;
    request.origin = origin;
    HttpClient client(*server_, request, image());
    client.bring();
    client.take();
    EXPECT_EQ(client.status, 403) << host << " " << origin;
  }
  EXPECT_EQ(flash_.steps, 0u);
}

// --- uploads ---

TEST_F(UpdateRoutesTest, AModelGoesWhereNobodyIs) {
  allow();
  const HttpClient client = upload(image());
  EXPECT_EQ(client.status, 201);
  EXPECT_EQ(client.answer, "{\"name\":\"model_b\",\"bytes\":" + std::to_string(image().size()) + "}\n");
  EXPECT_TRUE(holds_model("model_b"));
  EXPECT_TRUE(models_.take_change());
  models_.set_used("model", "model_b");
  const HttpClient none = upload(image());
  EXPECT_EQ(none.status, 409);
  EXPECT_NE(none.answer.find("no partition is free"), std::string::npos) << none.answer;
  EXPECT_TRUE(holds_model("model_b"));
}

TEST_F(UpdateRoutesTest, WhatIsRefusedSaysWhy) {
  allow();
  std::string damaged(image());
  damaged[damaged.size() - 5] ^= 1;
  const HttpClient first = upload(damaged);
  EXPECT_EQ(first.status, 422);
  HttpClient lingers(*server_, request_of(HttpMethod::kPost, "/api/models", damaged), damaged);
  lingers.bring();  // and does not take its answer for a while
  EXPECT_EQ(upload(damaged).status, 422) << "the place is free";
  const HttpClient text = upload(std::string(5000, 'a'));
  EXPECT_EQ(text.status, 422);
  EXPECT_EQ(text.answer.find("{\"error\":{\"message\":\"not a .thm file"), 0u) << text.answer;
  partitions_["model_b"] = as_partition({}, 64 * 1024);
  EXPECT_EQ(upload(image()).status, 413);
  partitions_["model_b"] = as_partition({}, kPartitionBytes);
  flash_.refuse_mappings = true;
  EXPECT_EQ(upload(image()).status, 503);
  flash_.refuse_mappings = false;
  flash_.fail_at = flash_.steps + 1;
  EXPECT_EQ(upload(image()).status, 500);
  HttpRequest endless = request_of(HttpMethod::kPost, "/api/models", image());
  endless.length_known = false;
  HttpClient client(*server_, endless, image());
  client.take();
  EXPECT_EQ(client.status, 411);
  EXPECT_EQ(upload(image()).status, 201) << "and a whole one is welcome afterwards";
}

TEST_F(UpdateRoutesTest, ASenderThatVanishesMakesRoomForTheNext) {
  allow();
  {
    HttpClient first = begin_upload(70'000);
    EXPECT_EQ(upload(image()).status, 409) << "one at a time";
    first.vanish();
  }
  EXPECT_EQ(partitions_["model_b"].span()[0], std::byte{0xff});
  EXPECT_EQ(upload(image()).status, 201);
}

TEST_F(UpdateRoutesTest, AByteASecondEnds) {
  allow();
  HttpClient client = begin_upload(1000);
  for (int second = 0; second < 40; ++second) {
    FakeTime::now_us += kSecond;
    client.bring(1);
  }
  client.take();
  EXPECT_EQ(client.status, 408);
  EXPECT_EQ(upload(image()).status, 201);
}

TEST_F(UpdateRoutesTest, ASilentSenderIsEnded) {
  allow();
  HttpClient client = begin_upload(1000);
  FakeTime::now_us += web::kPatienceUs + 1;
  EXPECT_TRUE(client.is_stalled());
  client.vanish();
  EXPECT_EQ(upload(image()).status, 201);
}

TEST_F(UpdateRoutesTest, NothingIsWrittenIntoAPartitionThatIsLoaded) {
  allow();
  ASSERT_TRUE(models_.reserve("model_b"));
  EXPECT_EQ(upload(image()).status, 409);
  models_.release();
  EXPECT_EQ(upload(std::string(5000, 'a')).status, 422);
  const HttpClient under_way = begin_upload(1000);
  EXPECT_FALSE(models_.take_change()) << "nor is it looked at";
  EXPECT_FALSE(models_.reserve("model_b"));
  EXPECT_TRUE(models_.reserve("model"));
}

// --- the list ---

TEST_F(UpdateRoutesTest, TheListIsWhatTheProgramPublished) {
  ASSERT_TRUE(models_.publish_list("{\"models\":[]}\n"));
  const HttpClient client = ask(HttpMethod::kGet, "/api/models");
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.answer, "{\"models\":[]}\n");
  // It stays in place while somebody is being sent it.
  const std::string longest(update::ModelRoutes::kListBytes, 'x');
  ASSERT_TRUE(models_.publish_list(longest));
  HttpClient slow(*server_, request_of(HttpMethod::kGet, "/api/models"));
  slow.take(1);
  EXPECT_FALSE(models_.publish_list("{}"));
  EXPECT_TRUE(models_.take_change());
  slow.take();
  EXPECT_EQ(slow.answer, longest);
  EXPECT_TRUE(models_.publish_list("{}"));
}

// --- another model ---

TEST_F(UpdateRoutesTest, AWishIsAnsweredWhenTheProgramHasSwitched) {
  allow();
  for (const bool good : {true, false}) {
    HttpClient client = ask(HttpMethod::kPost, "/api/models/select", "x=1&name=%2Fsdcard%2fmine.thm");
    EXPECT_EQ(client.status, 0) << "not yet";
    EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=model_b").status, 409);
    std::string_view name;
    ASSERT_TRUE(models_.take_wish(&name));
    EXPECT_EQ(name, "/sdcard/mine.thm");
    EXPECT_FALSE(models_.take_wish(&name));
    models_.grant(good ? Status() : Status::error(Code::kCorrupt, "self-test"));
    client.take();
    EXPECT_EQ(client.status, good ? 200 : 422);
    EXPECT_NE(client.answer.find(good ? "{\"name\":\"/sdcard/mine.thm\"}" : "self-test"), std::string::npos);
  }
}

TEST_F(UpdateRoutesTest, AWishOfSomebodyWhoIsGone) {
  allow();
  std::string_view name;
  HttpClient client = ask(HttpMethod::kPost, "/api/models/select", "name=model_b");
  client.vanish();
  EXPECT_FALSE(models_.take_wish(&name)) << "nobody wants it any more";
  client = ask(HttpMethod::kPost, "/api/models/select", "name=model_b");
  ASSERT_TRUE(models_.take_wish(&name));
  client.vanish();
  models_.grant({});
  client = ask(HttpMethod::kPost, "/api/models/select", "name=model");
  ASSERT_TRUE(models_.take_wish(&name)) << "the next one is heard";
  EXPECT_EQ(name, "model");
}

TEST_F(UpdateRoutesTest, AWishWithoutAName) {
  allow();
  for (const char* query : {"", "name=", "name", "nam=model", "name=%", "name=%zz", "name=%00", "xname=model"}) {
    EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", query).status, 400) << query;
  }
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=" + std::string(65, 'x')).status, 400);
}

TEST_F(UpdateRoutesTest, OnlyWhatNobodyUsesIsDeleted) {
  allow();
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=model").status, 409);
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=nvs").status, 404);
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=ota_0").status, 404);
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models").status, 404);
  EXPECT_TRUE(holds_model("model"));
  models_.set_used("model_b", "model_b");
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=model").status, 200);
  EXPECT_EQ(partitions_["model"].span()[0], std::byte{0xff});
  EXPECT_TRUE(models_.take_change());
}

// --- the card ---

TEST_F(UpdateRoutesTest, AModelGoesToTheCard) {
  allow();
  const HttpClient client = ask(HttpMethod::kPost, "/api/models", "to=card&name=story15.thm", image());
  EXPECT_EQ(client.status, 201);
  EXPECT_EQ(client.answer, "{\"name\":\"/sdcard/story15.thm\",\"bytes\":" + std::to_string(image().size()) + "}\n");
  ASSERT_EQ(files_.count("/sdcard/story15.thm"), 1u);
  EXPECT_EQ(flash_.steps, 0u);
  EXPECT_TRUE(models_.take_change());
  const HttpClient again = ask(HttpMethod::kPost, "/api/models", "name=story15&to=card", image());
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.answer.find("there is one of this name"), std::string::npos) << again.answer;
  EXPECT_EQ(files_["/sdcard/story15.thm"].size(), image().size());
}

TEST_F(UpdateRoutesTest, WhyNothingGoesToTheCard) {
  allow();
  const auto send = [&](std::string_view query) { return ask(HttpMethod::kPost, "/api/models", query, image()); };
  for (const char* query : {"to=card", "to=card&name=", "to=card&name=.thm", "to=card&name=a%2fb", "to=card&name=a%20b",
                            "to=usb&name=a", "to=card&name=.a"}) {
    EXPECT_EQ(send(query).status, 400) << query;
  }
  EXPECT_EQ(send("to=card&name=" + std::string(53, 'x')).status, 400) << "a path has 63 letters at most";
  card_.room = image().size() - 1;
  const HttpClient full = send("to=card&name=a");
  EXPECT_EQ(full.status, 413);
  EXPECT_NE(full.answer.find("room on the card: found "), std::string::npos) << full.answer;
  card_.room = FakeCard::kNever;
  card_.in_slot = false;
  const HttpClient none = send("to=card&name=a");
  EXPECT_EQ(none.status, 500);
  EXPECT_NE(none.answer.find("read failed: card"), std::string::npos) << none.answer;
  card_.in_slot = true;
  std::string damaged(image());
  damaged[damaged.size() - 5] ^= 1;
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models", "to=card&name=a", damaged).status, 422);
  EXPECT_TRUE(files_.empty());
}

TEST_F(UpdateRoutesTest, ABoardWithoutASlotSaysSo) {
  update::ModelRoutes models(permission_, nullptr);
  web::Route* const routes[] = {&models};
  web::Options options;
  options.routes = routes;
  server_.emplace(options);
  allow();
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models", "to=card&name=a", image()).status, 501);
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=/sdcard/a.thm").status, 404);
}

TEST_F(UpdateRoutesTest, OfTheCardOnlyModelsThatNobodyUsesAreDeleted) {
  allow();
  for (const char* path : {"/sdcard/a.thm", "/sdcard/b.thm", "/sdcard/c.txt"}) files_[path] = {};
  models_.set_used("/sdcard/a.thm", "");
  const auto remove = [&](std::string name) { return ask(HttpMethod::kDelete, "/api/models", "name=" + name).status; };
  EXPECT_EQ(remove("/sdcard/a.thm"), 409);
  EXPECT_EQ(remove("/sdcard/c.txt"), 404);
  EXPECT_EQ(remove("/sdcard/x/b.thm"), 404);
  EXPECT_EQ(remove("/sdcardb.thm"), 404);
  EXPECT_EQ(remove("/sdcard"), 404);
  EXPECT_EQ(remove("/sdcard/b.thm"), 200);
  EXPECT_EQ(remove("/sdcard/b.thm"), 500) << "there is none any more";
  EXPECT_EQ(files_.size(), 2u);
  EXPECT_TRUE(models_.take_change());
}

TEST_F(UpdateRoutesTest, AFileThatIsWrittenIsNeitherTakenNorDeleted) {
  allow();
  HttpRequest request = request_of(HttpMethod::kPost, "/api/models", image());
  request.query = "to=card&name=a";
  HttpClient client(*server_, request, image());
  client.bring(70'000);
  EXPECT_FALSE(models_.reserve("/sdcard/a.thm"));
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=/sdcard/a.thm").status, 409);
  EXPECT_FALSE(models_.take_change());
  client.vanish();
  EXPECT_TRUE(files_.empty());
}

TEST_F(UpdateRoutesTest, OtherPathsAreNotTheirs) {
  allow();
  for (const char* path : {"/api/models/", "/api/model", "/api/models/select/x", "/api/updates"}) {
    EXPECT_EQ(ask(HttpMethod::kPost, path, {}, "x").status, 503) << path << ": there is no service here";
  }
}

// --- programs ---

TEST_F(UpdateRoutesTest, AProgramStartsWhenItsSenderKnows) {
  allow();
  const auto program = FakeFlash::program("storyteller", 9, 30'000, 0x22);
  const std::string_view body(reinterpret_cast<const char*>(program.data()), program.size());
  HttpClient client(*server_, request_of(HttpMethod::kPost, "/api/update", body), body);
  client.bring();
  EXPECT_FALSE(program_.wants_restart()) << "the answer has not gone out";
  client.take();
  EXPECT_EQ(client.status, 202);
  EXPECT_EQ(client.answer, "{\"restarts\":true}\n");
  EXPECT_TRUE(program_.wants_restart());
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, body).status, 409);
  flash_.power_on();
  EXPECT_TRUE(flash_.facts.is_on_trial);
}

TEST_F(UpdateRoutesTest, AProgramThatIsNoneChangesNothing) {
  allow();
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, std::string(5000, 'a')).status, 422);
  const auto other = FakeFlash::program("storyteller", 5, 30'000, 0x22);
  const HttpClient chip =
      ask(HttpMethod::kPost, "/api/update", {}, {reinterpret_cast<const char*>(other.data()), other.size()});
  EXPECT_EQ(chip.status, 422);
  EXPECT_NE(chip.answer.find("chip: found 5, expected 9"), std::string::npos) << chip.answer;
  flash_.facts.room = 0;
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, std::string(5000, 'a')).status, 501);
  flash_.facts = {"storyteller", "1.0", 9, 1000, false, false};
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, std::string(5000, 'a')).status, 413);
  flash_.facts.is_on_trial = true;
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, std::string(500, 'a')).status, 409);
  EXPECT_FALSE(program_.wants_restart());
}

TEST_F(UpdateRoutesTest, AnUpdateWhoseSenderVanishesIsAbandoned) {
  allow();
  const auto program = FakeFlash::program("storyteller", 9, 30'000, 0x22);
  const std::string_view body(reinterpret_cast<const char*>(program.data()), program.size());
  {
    HttpClient client(*server_, request_of(HttpMethod::kPost, "/api/update", body), body);
    client.bring(10'000);
    EXPECT_TRUE(flash_.writing);
  }
  EXPECT_FALSE(flash_.writing);
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, body).status, 202);
}

}  // namespace
}  // namespace thimble::testing
