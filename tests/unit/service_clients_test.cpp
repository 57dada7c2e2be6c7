#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/service_fixture.h"

namespace thimble {
namespace {

using namespace testing;
using service::Exchange;

TEST(Service, OneTextAtATimeInTheOrderOfAsking) {
  TestService s(plain_image().span(), {.exchanges = 8, .queue = 3});
  std::vector<Exchange*> all;
  for (int i = 0; i < 3; ++i) all.push_back(s.post("/v1/completions", kWant));
  Exchange* const refused = s.post("/v1/completions", kWant);
  EXPECT_EQ(refused->head.status, 503);
  EXPECT_EQ(refused->head.retry_after, 1u);
  EXPECT_EQ(s->counters().busy, 1u);
  s->step(s.now);  // one has the engine now, and two wait
  all.push_back(s.post("/v1/completions", kWant));
  EXPECT_FALSE(all.back()->has_head);
  for (Exchange* e : all) EXPECT_EQ(joined(s.answer(*e), "text"), json_escaped(expected_text()));
  s.answer(*refused);
  EXPECT_EQ(s->open_exchanges(), 0u);
  EXPECT_EQ(s->counters().answers, 4u);
}

TEST(Service, MoreExchangesThanThereAreGetNone) {
  TestService s(plain_image().span(), {.exchanges = 2, .queue = 1});
  Exchange* const a = s.get("/health");
  Exchange* const b = s.get("/health");
  EXPECT_EQ(s.get("/health"), nullptr);
  s.answer(*a);
  s.answer(*b);
  EXPECT_NE(s.get("/health"), nullptr);
}

TEST(Service, AClientThatLeavesFreesItsPlaceAtTheNextToken) {
  TestService s(plain_image().span());
  Exchange* const leaves = s.post("/v1/completions", kWantEvents);
  Exchange* const waits = s.post("/v1/completions", kWant);
  Exchange* const leaves_the_queue = s.post("/v1/completions", kWant);
  for (int i = 0; i < 3; ++i) s->step(s.now);
  s->close(*leaves);
  s->close(*leaves_the_queue);
  s->step(s.now);
  EXPECT_EQ(leaves->state, Exchange::State::kFree);
  EXPECT_EQ(waits->state, Exchange::State::kTelling);
  EXPECT_EQ(joined(s.answer(*waits), "text"), json_escaped(expected_text()));
  EXPECT_EQ(s->open_exchanges(), 0u);
  EXPECT_EQ(s->counters().cancelled, 1u);
}

TEST(Service, AFullBufferPausesATextWhileNobodyWaits) {
  TestService s(plain_image().span(), {.buffer_bytes = 256});
  const std::string want = R"({"prompt":"Once","temperature":1.5,"top_k":0,"top_p":1,"min_p":0,"seed":)";
  for (int seed = 0; seed < 50; ++seed) {
    Exchange* const whole = s.post("/v1/completions", want + std::to_string(seed) + "}");
    const std::string text = joined(s.answer(*whole), "text");
    Exchange* const slow = s.post("/v1/completions", want + std::to_string(seed) + ",\"stream\":true}");
    s.run();
    const bool paused = slow->state == Exchange::State::kTelling;
    std::string answer = s.take(*slow);
    while (!s->is_over(*slow)) {
      s.run();
      answer += s.take(*slow);
    }
    s->close(*slow);
    ASSERT_EQ(joined(answer, "text"), text);
    if (paused) return;  // it has happened, and nothing was lost
  }
  FAIL() << "no text was longer than the buffer";
}

TEST(Service, AFullBufferLosesItsTextWhenOthersWait) {
  TestService s(plain_image().span(), {.buffer_bytes = 256});
  const std::string want = R"({"prompt":"Once","temperature":1.5,"top_k":0,"top_p":1,"min_p":0,"stream":true,"seed":)";
  for (int seed = 0; seed < 50; ++seed) {
    Exchange* const slow = s.post("/v1/completions", want + std::to_string(seed) + "}");
    s.run();
    if (slow->state != Exchange::State::kTelling) {
      s.answer(*slow);
      continue;
    }
    Exchange* const waits = s.post("/v1/completions", kWant);
    EXPECT_EQ(joined(s.answer(*waits), "text"), json_escaped(expected_text()));
    const std::string answer = s.take(*slow);
    EXPECT_TRUE(has(answer, "data: {\"error\":{\"message\":\"the answer was read too slowly")) << answer;
    EXPECT_TRUE(answer.ends_with("data: [DONE]\n\n"));
    EXPECT_TRUE(s->is_over(*slow));
    return;
  }
  FAIL() << "no text was longer than the buffer";
}

TEST(Service, AClientThatTakesNothingIsGivenUp) {
  TestService s(plain_image().span());
  Exchange* const e = s.post("/v1/completions", kWantEvents);
  s.now.us += 60'000'000;  // waiting for the engine is no fault of the client
  EXPECT_FALSE(s->is_stalled(*e, s.now));
  s.run();
  EXPECT_FALSE(s->is_stalled(*e, s.now));
  s.now.us += 10'000'001;
  EXPECT_TRUE(s->is_stalled(*e, s.now));
  s->close(*e);
  EXPECT_EQ(s->open_exchanges(), 0u);
}

}  // namespace
}  // namespace thimble
