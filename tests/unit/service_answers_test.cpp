#include <gtest/gtest.h>

#include <string>

#include "tests/unit/service_fixture.h"

namespace thimble {
namespace {

using namespace testing;
using service::Exchange;

TEST(Service, TellsWhatTheLibraryTells) {
  TestService s(plain_image().span());
  Exchange* const e = s.post("/v1/completions", kWant);
  ASSERT_NE(e, nullptr);
  const std::string answer = s.answer(*e);
  EXPECT_EQ(joined(answer, "text"), json_escaped(expected_text()));
  EXPECT_TRUE(has(answer, "\"object\":\"text_completion\"")) << answer;
  EXPECT_TRUE(has(answer, "\"created\":1700000000,\"model\":\"fixture-1\",\"seed\":7,")) << answer;
  EXPECT_TRUE(has(answer, "\"finish_reason\":\"length\"")) << answer;
  EXPECT_TRUE(has(answer, "\"completion_tokens\":12,")) << answer;
  EXPECT_EQ(e->state, Exchange::State::kFree);
}

TEST(Service, EventsHoldTheSameText) {
  TestService s(plain_image().span());
  Exchange* const e = s.post("/v1/completions", kWantEvents);
  const std::string answer = s.answer(*e);
  EXPECT_EQ(joined(answer, "text"), json_escaped(expected_text()));
  EXPECT_TRUE(answer.starts_with("data: {\"id\":\"cmpl-")) << answer;
  EXPECT_TRUE(answer.ends_with("\n\ndata: [DONE]\n\n")) << answer;
  EXPECT_TRUE(has(answer, "\"choices\":[],\"usage\":{\"prompt_tokens\":")) << answer;
  EXPECT_EQ(e->head.content_type, "text/event-stream");
  EXPECT_EQ(e->head.length, HttpResponse::kStreamed);
}

TEST(Service, AChatBeginsWithARole) {
  TestService s(plain_image().span());
  Exchange* const e = s.post("/v1/chat/completions",
                             R"({"messages":[{"role":"system","content":"x"},{"content":"Once","role":"user"}],)"
                             R"("max_tokens":12,"temperature":0.9,"seed":7,"stream":true})");
  const std::string answer = s.answer(*e);
  EXPECT_TRUE(has(answer.substr(0, answer.find("\n\n")), "\"delta\":{\"role\":\"assistant\",\"content\":\"\"}"))
      << answer;
  EXPECT_EQ(joined(answer, "content"), json_escaped(expected_text()));  // without a template: the last message goes on
  EXPECT_TRUE(has(answer, "\"delta\":{},\"finish_reason\":\"length\"")) << answer;
  EXPECT_FALSE(has(answer, "usage")) << answer;
  bool said = false;
  for (size_t i = 0; i < e->head.header_count; ++i)
    said = said || std::string(e->head.headers[i].name) == "X-Thimble-Chat";
  EXPECT_TRUE(said);
}

TEST(Service, PartsOfAMessageAreOneText) {
  TestService s(plain_image().span());
  Exchange* const e =
      s.post("/v1/chat/completions", R"({"messages":[{"role":"user","content":[{"type":"text","text":"\u004fn"},)"
                                     R"({"text":"ce","type":"text"}]}],"max_tokens":12,"temperature":0.9,"seed":7})");
  EXPECT_EQ(joined(s.answer(*e), "content"), json_escaped(expected_text()));
}

TEST(Service, ATemplateIsAppliedTurnByTurn) {
  TestService s(chat_image().span());
  Exchange* const e = s.post("/v1/chat/completions",
                             R"({"messages":[{"role":"user","content":"x"},{"role":"assistant","content":" yes"},)"
                             R"({"role":"user","content":"z"}],"max_tokens":8,"seed":7})");
  const std::string answer = s.answer(*e);
  EXPECT_EQ(e->head.header_count, 1u);  // no word about a missing template

  TestEngine run(chat_image().span(), {.max_batch = 8});
  GeneratorParams params;
  params.sampler = model_sampling(run.model());
  params.sampler.seed = 7;
  params.max_tokens = 8;
  Generator generator(run.engine(), params);
  EncodeOptions turn{.add_bos = false, .parse_control = true};
  turn.literal_begin = 6;
  turn.literal_end = 7;
  ASSERT_TRUE(generator.start("<s>ab x cd", turn).ok());
  ASSERT_TRUE(generator.append(" yes", {.add_bos = false, .add_space = false}).ok());
  turn.add_space = false;
  ASSERT_TRUE(generator.append("<s>ab z cd", turn).ok());
  std::string text;
  while (const Piece piece = generator.next()) text += piece.text();
  EXPECT_EQ(joined(answer, "content"), json_escaped(text));
}

TEST(Service, ASlowClientGetsTokensTogetherAndLosesNone) {
  TestService s(plain_image().span());
  Exchange* const e = s.post("/v1/completions", kWantEvents);
  s.run();  // to the end, with nobody reading
  const std::string answer = s.take(*e, service::kLeastEventBytes);
  EXPECT_EQ(joined(answer, "text"), json_escaped(expected_text()));
  size_t events = 0;
  for (size_t at = 0; (at = answer.find("\"text\":\"", at)) != std::string::npos; ++at) ++events;
  EXPECT_EQ(events, 2u);  // all of the text, and the end
  EXPECT_TRUE(s->is_over(*e));
}

TEST(Service, StopStringsEndATextAndAreNoPartOfIt) {
  const std::string text = expected_text();
  const std::string stop = text.substr(4, 3);
  TestService s(plain_image().span());
  Exchange* const e =
      s.post("/v1/completions", R"({"prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7,"stop":[")" +
                                    json_escaped(stop) + R"("]})");
  const std::string answer = s.answer(*e);
  EXPECT_EQ(joined(answer, "text"), json_escaped(text.substr(0, text.find(stop))));
  EXPECT_TRUE(has(answer, "\"finish_reason\":\"stop\"")) << answer;
}

TEST(Service, ChoosesASeedAndTellsIt) {
  TestService s(plain_image().span());
  const std::string first = s.answer(*s.post("/v1/completions", R"({"prompt":"Once","max_tokens":12})"));
  const size_t at = first.find("\"seed\":") + 7;
  const std::string seed = first.substr(at, first.find(',', at) - at);
  EXPECT_LT(std::stoull(seed), uint64_t{1} << 32);
  const std::string again =
      s.answer(*s.post("/v1/completions", R"({"prompt":"Once","max_tokens":12,"seed":)" + seed + "}"));
  EXPECT_EQ(joined(first, "text"), joined(again, "text"));
  const std::string other = s.answer(*s.post("/v1/completions", R"({"prompt":"Once","max_tokens":12,"seed":-1})"));
  EXPECT_FALSE(has(other, "\"seed\":" + seed + ","));
}

TEST(Service, FactsAboutModelAndMachine) {
  service::Options options;
  options.platform.board = "bench \"1\"";
  options.platform.chip = "x";
  options.platform.regions = [](void*, size_t used, std::span<service::MemoryRegion> out) -> size_t {
    out[0] = {"kv cache", used, 256};
    return 1;
  };
  TestService s(plain_image().span(), options);
  s.answer(*s.post("/v1/completions", kWant));
  s.now.us += 5'000'000;
  const std::string info = s.answer(*s.get("/api/info"));
  EXPECT_TRUE(has(info, R"("uptime_s":5,"board":{"name":"bench \"1\"","chip":"x"},)")) << info;
  EXPECT_TRUE(
      has(info, R"("vocabulary":300,"layers":3,"dim":24,"heads":4,"chat":false,"prompts":["Once upon a time","The"])"))
      << info;
  EXPECT_TRUE(has(info, R"("last":{"tokens":12,)")) << info;
  const size_t at = info.find("\"context_used\":") + 15;
  EXPECT_TRUE(has(info, R"("memory":[{"region":"kv cache","used":)" + info.substr(at, info.find(',', at) - at)))
      << info;
  const std::string metrics = s.answer(*s.get("/metrics"));
  EXPECT_TRUE(has(metrics, "# TYPE thimble_tokens_predicted_total counter\nthimble_tokens_predicted_total 12\n"))
      << metrics;
  EXPECT_TRUE(has(metrics, "thimble_requests_total 3\n")) << metrics;
}

// A clock that a test moves: a millisecond in the queue, two for reading; then, for each token, half a millisecond
// until somebody has the time and a quarter of computing, a tenth of which is storage's.
TEST(Service, StagesOfTheLastAnswer) {
  static uint64_t storage_us = 0;
  storage_us = 5000;
  service::Options options;
  options.platform.storage_wait_us = [](void*) { return storage_us; };
  TestService s(plain_image().span(), options);
  EXPECT_TRUE(has(s.answer(*s.get("/api/info")), R"("last":null)"));
  service::Exchange* const e =
      s.post("/v1/completions", R"({"prompt":"Once","max_tokens":4,"temperature":0,"seed":7})");
  s.now.us += 1000;
  uint64_t computing_us = 2000;
  int steps = 0;
  while (s->has_work()) {
    s->prepare(s.now);
    s->compute();
    s.now.us += computing_us;
    storage_us += computing_us / 10;
    s->publish(s.now);
    ++steps;
    computing_us = 250;
    s.now.us += 500;
  }
  s.answer(*e);
  const std::string info = s.answer(*s.get("/api/info"));
  ASSERT_EQ(steps, 1 + 4 + 1) << "the prompt, the tokens, the end";
  EXPECT_TRUE(
      has(info, R"("stages":{"queued_ms":1,"reading_ms":2,"computing_ms":1.25,"waiting_ms":2.5,"storage_ms":0.325}}})"))
      << info;
}

}  // namespace
}  // namespace thimble
