// The storyteller on a network: a model that is uploaded, refused, taken and found again after a restart; programs on
// trial; the password and the settings.
#include <gtest/gtest.h>

#include <string>

#include "ports/settings.h"
#include "tests/firmware/fake_card.h"
#include "tests/firmware/networked_board.h"
#include "tests/firmware/server_client.h"
#include "tests/firmware/storyteller_support.h"
#include "tests/support/model_fixture.h"

namespace thimble::testing {
namespace {

constexpr size_t kPartitionBytes = 512 * 1024;
constexpr std::string_view kAskFive = R"({"prompt":"Once","max_tokens":5,"seed":1})";

class NetworkedStoryteller : public ::testing::Test {
 protected:
  NetworkedStoryteller() : image_(to_thm(make_fixture(medium_spec()), tools::WeightType::kQ8)) {
    make_usual(&board_);
    board_.partitions["model"] = as_partition({}, kPartitionBytes);
    board_.partitions["model_b"] = as_partition({}, kPartitionBytes);
    const auto program = FakeFlash::program("storyteller", 9, 20'000, 0x11);
    board_.flash.facts = {"storyteller", "1.0", 9, 64 * 1024, false, false};
    board_.flash.places = {ProgramPlace{program, ProgramPlace::State::kValid}, ProgramPlace{}};
  }

  // Power-on, and what was typed.
  void start() {
    board_.log.clear();
    board_.text.clear();
    board_.memory_given = false;
    teller_.reset();
    teller_.emplace(&board_);
    teller_->start().serve();
  }
  void serve(int rounds = 3) {
    for (int i = 0; i < rounds; ++i) teller_->storyteller().serve();
  }
  void type(std::string line) {
    board_.type(std::move(line));
    teller_->serve();
  }

  struct Answer {
    uint16_t status = 0;
    std::string body;
  };
  Answer ask(HttpMethod method, std::string_view path, std::string_view query = {}, std::string_view body = {}) {
    HttpRequest request = request_of(method, path, body);
    request.query = query;
    HttpClient client(*FakeNetwork::application, request, body);
    client.bring();
    for (int i = 0; i < 5 && !client.whole; ++i) {
      serve(1);
      client.take();
    }
    return {client.status, client.answer};
  }
  Answer upload(std::span<const std::byte> bytes) {
    return ask(HttpMethod::kPost, "/api/models", {}, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  Answer upload_to_card(std::string_view name, std::span<const std::byte> bytes) {
    return ask(HttpMethod::kPost, "/api/models", "to=card&name=" + std::string(name),
               {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  std::string list() { return ask(HttpMethod::kGet, "/api/models").body; }

  void expect_log(const std::string& part) { EXPECT_TRUE(contains(board_.log, part)) << part << "\n\n" << board_.log; }
  void expect_text(const std::string& part) {
    EXPECT_TRUE(contains(board_.text, part)) << part << "\n\n" << board_.text;
  }
  // Whether the uploaded model tells.
  bool tells_new() {
    const std::string told = tell_elsewhere(image_.span(), "ab", 5).text;
    board_.text.clear();
    type("/seed 5");
    type("ab");
    return contains(board_.text, told);
  }

  const tools::ImageBytes image_;
  FakeBoard board_;
  FakeCard card_{board_.files};
  std::optional<PowerOn> teller_;
};

TEST_F(NetworkedStoryteller, AModelIsUploadedTakenAndFoundAfterARestart) {
  start();
  expect_log("model: story from built in");
  EXPECT_EQ(upload(image_.span()).status, 403);
  type("/allow");
  expect_text("for five minutes anybody on the network may bring models and a program; /allow off ends it\n");

  EXPECT_EQ(upload(image_.span()).body,
            "{\"name\":\"model\",\"bytes\":" + std::to_string(image_.span().size()) + "}\n");
  serve();
  EXPECT_NE(list().find("{\"name\":\"model\",\"state\":\"not tried\",\"tells\":false,\"partition\":true,\"bytes\":" +
                        std::to_string(image_.span().size()) + "}"),
            std::string::npos)
      << list();
  EXPECT_NE(list().find("{\"name\":\"built in\",\"state\":\"good\",\"tells\":true,"), std::string::npos) << list();

  const Answer taken = ask(HttpMethod::kPost, "/api/models/select", "name=model");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_TRUE(tells_new()) << board_.text;
  EXPECT_NE(list().find("{\"name\":\"model\",\"state\":\"good\",\"tells\":true,"), std::string::npos) << list();

  start();
  expect_log("model: fixture-7 from partition model,");
  EXPECT_TRUE(tells_new());
}

TEST_F(NetworkedStoryteller, AModelIsUploadedToTheCardTakenAndFoundAfterARestart) {
  board_.card_status = {};
  start();
  type("/allow");
  EXPECT_NE(list().find("],\"card\":true}"), std::string::npos) << list();
  EXPECT_EQ(upload_to_card("mine", image_.span()).status, 201);
  serve();
  EXPECT_NE(list().find("{\"name\":\"/sdcard/mine.thm\",\"state\":\"not tried\",\"tells\":false,\"partition\":false,"
                        "\"card\":true,\"bytes\":" +
                        std::to_string(image_.span().size()) + "}"),
            std::string::npos)
      << list();
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=%2Fsdcard%2Fmine.thm").status, 200);
  EXPECT_TRUE(tells_new()) << board_.text;
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=%2Fsdcard%2Fmine.thm").status, 409);

  start();
  expect_log("model: fixture-7 from file /sdcard/mine.thm,");
  EXPECT_TRUE(tells_new());
}

TEST_F(NetworkedStoryteller, OfADamagedModelNothingStaysOnTheCard) {
  board_.card_status = {};
  start();
  type("/allow");
  std::vector<std::byte> damaged(image_.span().begin(), image_.span().end());
  damaged[damaged.size() / 2] ^= std::byte{1};
  EXPECT_EQ(upload_to_card("mine", damaged).status, 422);
  serve();
  EXPECT_EQ(list().find("/sdcard/"), std::string::npos) << list();
  expect_log("model: story from built in");
  EXPECT_EQ(upload_to_card("mine", image_.span()).status, 201) << "and a whole one is welcome afterwards";
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=%2Fsdcard%2Fmine.thm").status, 200);
  serve();
  EXPECT_EQ(list().find("/sdcard/"), std::string::npos) << list();
}

TEST_F(NetworkedStoryteller, WhereAFileWasDeletedTheCardIsNotEmpty) {
  board_.card_status = {};
  start();
  type("/allow");
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(upload_to_card(name, image_.span()).status, 201);
    serve();
  }
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=%2Fsdcard%2Fa.thm").status, 200);
  serve();
  board_.text.clear();
  type("/model");
  expect_text("1 file /sdcard/b.thm: not tried\n");
  EXPECT_FALSE(contains(board_.text, "card: nothing there")) << board_.text;
}

// The power goes within an upload: what is on the card is passed over at the next start, and may be deleted.
TEST_F(NetworkedStoryteller, AnUploadThatWasCutIsPassedOver) {
  board_.card_status = {};
  start();
  type("/allow");
  card_.cut_at = card_.steps + 100;
  EXPECT_EQ(upload_to_card("mine", image_.span()).status, 500);
  card_.in_slot = true;
  start();
  expect_log("file /sdcard/mine.thm is passed over: not a .thm file");
  expect_log("model: story from built in");
  type("/allow");
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=%2Fsdcard%2Fmine.thm").status, 200);
}

TEST_F(NetworkedStoryteller, ADamagedModelChangesNothing) {
  start();
  type("/allow");
  std::vector<std::byte> damaged(image_.span().begin(), image_.span().end());
  damaged[damaged.size() / 2] ^= std::byte{1};
  EXPECT_EQ(upload(damaged).status, 422);
  serve();
  EXPECT_NE(list().find("{\"name\":\"model\",\"state\":\"absent\""), std::string::npos) << list();
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=model").status, 409);
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=nonsense").status, 422);
  expect_log("first token after");
  start();
  expect_log("model: story from built in");
}

// Damage that no check of an upload can see: the model is sound, but computes something else than it promises.
TEST_F(NetworkedStoryteller, AModelThatFailsItsSelfTestIsNotTaken) {
  board_.partitions["model"] = as_partition(image_.span(), kPartitionBytes);
  start();
  expect_log(" from partition model,");
  type("/allow");
  EXPECT_EQ(upload(shipped_model()).status, 201);
  board_.partitions["model_b"].span()[shipped_model().size() - 100] ^= std::byte{1};  // behind the upload's back
  const Answer answer = ask(HttpMethod::kPost, "/api/models/select", "name=model_b");
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("checksum of payload block"), std::string::npos) << answer.body;
  EXPECT_TRUE(tells_new()) << "the one before goes on";
  EXPECT_TRUE(board_.flash.settings.empty());
}

TEST_F(NetworkedStoryteller, TheConsolesChoiceIsKeptToo) {
  board_.partitions["model"] = as_partition(shipped_model(), kPartitionBytes);
  board_.partitions["model_b"] = as_partition(image_.span(), kPartitionBytes);
  start();
  expect_log(" from partition model,");
  type("/model");
  expect_text("6 partition model_b: not tried\n");
  type("/model 6");
  expect_text("model_b tells now, with the settings that it recommends\n");
  start();
  expect_log(" from partition model_b,");
  // What was chosen is damaged one day: the other one tells.
  board_.partitions["model_b"].span()[200] ^= std::byte{1};
  start();
  expect_log("partition model_b is passed over");
  expect_log("model: story from partition model,");
}

TEST_F(NetworkedStoryteller, NobodyWritesToAModelInUse) {
  board_.partitions["model"] = as_partition(image_.span(), kPartitionBytes);
  start();
  type("/allow");
  EXPECT_EQ(upload(image_.span()).body.find("{\"name\":\"model_b\""), 0u);
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/models/select", "name=model_b").status, 200);
  EXPECT_EQ(upload(image_.span()).body.find("{\"name\":\"model\""), 0u) << "in turns";
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=model_b").status, 409);
  EXPECT_EQ(ask(HttpMethod::kDelete, "/api/models", "name=model").status, 200);
}

// --- what it tells of itself ---

TEST_F(NetworkedStoryteller, TellsOfTheChipWhatIsKnown) {
  board_.facts.psram_mhz = 80;
  start();
  EXPECT_NE(ask(HttpMethod::kGet, "/api/info")
                .body.find("\"board\":{\"name\":\"ESP32-S3\",\"chip\":\"ESP32-S3\",\"cpu_mhz\":240,\"psram_mhz\":80,"
                           "\"cache_line_bytes\":64,\"reset_reason\":\"power on\"},"),
            std::string::npos);
  FakeNetwork::celsius = -5;
  FakeNetwork::signal = -61;
  const std::string info = ask(HttpMethod::kGet, "/api/info").body;
  FakeNetwork::celsius.reset();
  FakeNetwork::signal = 0;
  EXPECT_NE(info.find("\"reset_reason\":\"power on\",\"temperature_c\":-5,\"rssi_dbm\":-61}"), std::string::npos)
      << info;
}

// What is not known is left out, and PSRAM that does not answer has no clock.
TEST_F(NetworkedStoryteller, TellsNothingThatIsNotKnown) {
  board_.facts = {};
  board_.facts.psram = port::Psram::kNotFound;
  board_.facts.psram_mhz = 80;
  start();
  const std::string info = ask(HttpMethod::kGet, "/api/info").body;
  EXPECT_NE(info.find("\"board\":{\"name\":\"board\",\"chip\":\"board\"},"), std::string::npos) << info;
}

TEST_F(NetworkedStoryteller, TellsOfMemoryAndOfTheLastAnswer) {
  start();
  const std::string before = ask(HttpMethod::kGet, "/api/info").body;
  EXPECT_NE(before.find("\"manages_models\":true"), std::string::npos) << before;
  EXPECT_NE(before.find("\"last\":null"), std::string::npos) << before;
  for (const char* const region : {"{\"region\":\"fast\",\"used\":", "{\"region\":\"kv cache\",\"used\":0,",
                                   "{\"region\":\"heap\",\"used\":260000,\"total\":300000}"}) {
    EXPECT_NE(before.find(region), std::string::npos) << region << "\n" << before;
  }
  HttpClient client(*FakeNetwork::application, request_of(HttpMethod::kPost, "/v1/completions", kAskFive), kAskFive);
  client.bring();
  for (int i = 0; i < 50 && !client.whole; ++i) {
    serve(1);
    client.take();
  }
  ASSERT_EQ(client.status, 200) << client.answer;
  const std::string after = ask(HttpMethod::kGet, "/api/info").body;
  EXPECT_NE(after.find("\"last\":{\"tokens\":5,\"prompt_tokens\":"), std::string::npos) << after;
  EXPECT_NE(after.find("\"prompt_ms\":"), std::string::npos) << after;
  EXPECT_NE(after.find("\"stages\":{\"queued_ms\":"), std::string::npos) << after;
}

// --- programs ---

TEST_F(NetworkedStoryteller, AProgramIsKeptAfterItsFirstStory) {
  start();
  type("/allow");
  const auto program = FakeFlash::program("storyteller", 9, 30'000, 0x22);
  const std::string_view body(reinterpret_cast<const char*>(program.data()), program.size());
  EXPECT_EQ(ask(HttpMethod::kPost, "/api/update", {}, body).status, 202);
  EXPECT_EQ(board_.flash.restarts, 0u);
  serve(1);
  EXPECT_EQ(board_.flash.restarts, 1u);
  board_.flash.power_on();
  EXPECT_EQ(board_.flash.running, 1u);
  start();
  expect_log("program: storyteller 1.0, on trial until its first story\n");
  expect_log("the new program has proved itself, and stays\n");
  EXPECT_EQ(board_.flash.places[1].state, ProgramPlace::State::kValid);
}

TEST_F(NetworkedStoryteller, AProgramWithoutAStoryIsNotKept) {
  board_.flash.places[1] = {FakeFlash::program("storyteller", 9, 30'000, 0x22), ProgramPlace::State::kNew};
  board_.flash.selected = 1;
  board_.flash.power_on();
  board_.pieces.clear();  // this program leaves no memory to the engine
  board_.add_memory(Region::kFast, 8192);
  start();
  expect_log("the new program does not do what it should; the one before starts\n");
  EXPECT_EQ(board_.flash.places[1].state, ProgramPlace::State::kInvalid);
  board_.flash.power_on();
  EXPECT_EQ(board_.flash.running, 0u);
}

// --- settings ---

TEST_F(NetworkedStoryteller, ThePasswordOpensPageAndUploads) {
  start();
  type("/password short");
  expect_text("a password has 8 to 64 letters\n");
  type("/password once upon a time");
  expect_text("the password is set; the page and the API ask for it\n");
  EXPECT_EQ(upload(image_.span()).status, 401);
  EXPECT_EQ(ask(HttpMethod::kGet, "/api/info").status, 401);
  start();
  type("/password");
  expect_text("a password is set\n");
  EXPECT_EQ(ask(HttpMethod::kGet, "/api/info").status, 401);
  type("/password off");
  expect_text("no password is set any more\n");
  EXPECT_EQ(ask(HttpMethod::kGet, "/api/info").status, 200);
}

TEST_F(NetworkedStoryteller, AFactoryResetForgetsTheSettings) {
  start();
  type("/password once upon a time");
  type("/factory");
  expect_text("/factory yes forgets the password, the network and the chosen model\n");
  EXPECT_EQ(board_.flash.settings.size(), 1u);
  type("/factory yes");
  EXPECT_TRUE(board_.flash.settings.empty());
  EXPECT_EQ(board_.flash.restarts, 1u);
}

TEST_F(NetworkedStoryteller, AButtonThatIsHeldSoonAfterPowerOnDoesSo) {
  start();
  type("/password once upon a time");
  start();
  board_.button_down_until = board_.now + 4000;
  serve(200);
  EXPECT_EQ(board_.flash.settings.size(), 1u) << "let go too early";
  board_.button_down_until = board_.now + 6000;
  serve(200);
  EXPECT_TRUE(board_.flash.settings.empty());
  EXPECT_EQ(board_.flash.restarts, 1u);
}

TEST_F(NetworkedStoryteller, WithoutANetworkItTellsAllTheSame) {
  FakeNetwork::has_cable = false;
  start();
  FakeNetwork::has_cable = true;
  expect_log("no network: ");
  expect_log("first token after");
  type("/help");
  expect_text("/allow  lets models and a program come over the network, for five minutes\n");
}

}  // namespace
}  // namespace thimble::testing
