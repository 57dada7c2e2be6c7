#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/service_fixture.h"

namespace thimble {
namespace {

using namespace testing;
using service::Exchange;

TEST(Service, AWebSocketHearsStartTokensDone) {
  TestService s(plain_image().span());
  service::Refusal refusal;
  Exchange* const e = s->open_message(
      R"({"type":"generate","prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7})", s.now, &refusal);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(s.messages(*e), std::vector<std::string>{R"({"type":"queued","position":1})"});
  std::vector<std::string> all;
  while (!s->is_over(*e)) {
    s->step(s.now);
    for (const std::string& message : s.messages(*e)) all.push_back(message);
    s.now.us += 100'000;
  }
  EXPECT_TRUE(has(all.front(), R"({"type":"start","id":")")) << all.front();
  EXPECT_TRUE(has(all.front(), R"("seed":7,"prompt_tokens":)")) << all.front();
  EXPECT_TRUE(has(all.back(), R"({"type":"done","finish_reason":"length","seed":7,"tokens":12,)")) << all.back();
  EXPECT_TRUE(has(all.back(), R"("tokens_per_second":9.23,)")) << all.back();  // 12 in 1.3 s, by the clock of this test
  std::string text;
  size_t stats = 0;
  for (const std::string& message : all) {
    text += joined(message, "text");
    stats += has(message, R"({"type":"stats","tokens":)") ? 1u : 0u;
  }
  EXPECT_EQ(text, json_escaped(expected_text()));
  EXPECT_EQ(stats, 4u);  // 12 tokens in 1.2 s, each 0.25 s apart at least
  s->close(*e);
}

TEST(Service, AWebSocketIsToldWhatIsWrong) {
  TestService s(plain_image().span());
  service::Refusal refusal;
  for (const char* message : {"", "x", "[]", "5", "{}", R"({"type":"other"})", R"({"type":5})",
                              R"({"type":"generate","prompt":5})", R"({"type":"generate","temperature":"x"})"}) {
    EXPECT_EQ(s->open_message(message, s.now, &refusal), nullptr) << message;
    EXPECT_EQ(refusal.status, 400) << message;
  }
  EXPECT_EQ(s->open_message(R"({"type":"stop"})", s.now, &refusal), nullptr);
  EXPECT_FALSE(refusal);  // nothing to stop
  EXPECT_EQ(s->open_message(std::string(8193, ' '), s.now, &refusal), nullptr);
  EXPECT_EQ(refusal.status, 413);
  EXPECT_EQ(s->open_exchanges(), 0u);

  const std::string prompt(3000, 'x');
  Exchange* const e = s->open_message(R"({"type":"generate","prompt":")" + prompt + "\"}", s.now, &refusal);
  ASSERT_NE(e, nullptr);
  s.run();
  const std::vector<std::string> all = s.messages(*e);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(has(all[0], R"({"type":"error","code":400,"field":"prompt","message":"more tokens)")) << all[0];
  EXPECT_TRUE(s->is_over(*e));
}

TEST(Service, StopEndsATextAtTheNextToken) {
  TestService s(plain_image().span());
  service::Refusal refusal;
  const char* const want = R"({"type":"generate","prompt":"Once","temperature":0.9,"seed":7})";
  Exchange* const told = s->open_message(want, s.now, &refusal);
  Exchange* const waits = s->open_message(want, s.now, &refusal);
  for (int i = 0; i < 4; ++i) s->step(s.now);
  std::string again = R"({"type":"generate"})";
  EXPECT_EQ(s->message(*told, again).status, 409);
  std::string stop = R"({"type":"stop"})";
  std::string stop_again = stop;
  EXPECT_FALSE(s->message(*told, stop));
  EXPECT_FALSE(s->message(*waits, stop_again));
  s.run();
  EXPECT_TRUE(has(s.messages(*told).back(), R"("finish_reason":"cancelled","seed":)"));
  const std::vector<std::string> last = s.messages(*waits);
  ASSERT_EQ(last.size(), 1u);  // it never started
  EXPECT_TRUE(has(last[0], R"({"type":"done","finish_reason":"cancelled",)")) << last[0];
  EXPECT_TRUE(s->is_over(*told) && s->is_over(*waits));
}

TEST(Service, TheEndOfTheServerReachesEverybody) {
  TestService s(plain_image().span());
  service::Refusal refusal;
  Exchange* const told = s.post("/v1/completions", kWantEvents);
  Exchange* const waits = s.post("/v1/completions", kWant);
  Exchange* const socket = s->open_message(R"({"type":"generate"})", s.now, &refusal);
  for (int i = 0; i < 4; ++i) s->step(s.now);
  s->stop_all();
  s.run();
  EXPECT_TRUE(has(s.answer(*told), "\"finish_reason\":\"cancelled\""));
  EXPECT_EQ(waits->head.status, 503);
  EXPECT_TRUE(has(s.answer(*waits), "the server ends"));
  EXPECT_TRUE(has(s.messages(*socket).back(), "\"finish_reason\":\"cancelled\""));
}

}  // namespace
}  // namespace thimble
