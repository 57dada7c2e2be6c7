#include "service/service.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/service_client.h"

namespace thimble {
namespace {

using service::Exchange;
using testing::TestService;

constexpr const char* kWant = R"({"prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7})";
constexpr const char* kWantEvents =
    R"({"prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7,"stream":true,"stream_options":{"include_usage":true}})";

const tools::ImageBytes& plain_image() {
  static const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  return image;
}

const tools::ImageBytes& chat_image() {
  static const tools::ImageBytes image = [] {
    tools::ConvertOptions options;
    options.chat_template = "<s>ab {prompt} cd";
    return tools::convert(testing::to_imported(testing::make_fixture(testing::small_spec())), options);
  }();
  return image;
}

// What the library says to kWant.
std::string expected_text(const tools::ImageBytes& image = plain_image()) {
  testing::TestEngine run(image.span(), {.max_batch = 8});
  GeneratorParams params;
  params.sampler = model_sampling(run.model());
  params.sampler.temperature = 0.9f;
  params.sampler.seed = 7;
  params.max_tokens = 12;
  return testing::generate(run.engine(), "Once", params).text;
}

std::string json_escaped(std::string_view text) {
  std::vector<char> out(8 * text.size() + 16);
  service::Writer writer(out);
  writer.escaped(text, 0);
  return std::string(writer.view());
}

// The strings of a member in all of a text, joined: "text":"a" ... "text":"b".
std::string joined(const std::string& answer, const std::string& member) {
  const std::string begin = "\"" + member + "\":\"";
  std::string all;
  for (size_t at = 0; (at = answer.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    size_t end = at;
    while (answer[end] != '"') end += answer[end] == '\\' ? 2u : 1u;
    all += answer.substr(at, end - at);
    at = end;
  }
  return all;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

uint16_t status_of(TestService& s, Exchange* e) {
  const uint16_t status = e->head.status;
  s.answer(*e);
  return status;
}

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
  EXPECT_EQ(e->head.length, service::ResponseHead::kStreamed);
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

  testing::TestEngine run(chat_image().span(), {.max_batch = 8});
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

struct Wrong {
  const char* path;
  const char* body;
  const char* field;
};

TEST(Service, RefusesByName) {
  TestService s(plain_image().span());
  const Wrong all[] = {
      {"/v1/completions", R"({"temperature":"hot"})", "temperature"},
      {"/v1/completions", R"({"temperature":-1})", "temperature"},
      {"/v1/completions", R"({"temperature":1e400})", "temperature"},
      {"/v1/completions", R"({"top_p":1.01})", "top_p"},
      {"/v1/completions", R"({"min_p":1})", "min_p"},
      {"/v1/completions", R"({"top_k":1.5})", "top_k"},
      {"/v1/completions", R"({"repeat_penalty":0})", "repeat_penalty"},
      {"/v1/completions", R"({"max_tokens":0})", "max_tokens"},
      {"/v1/completions", R"({"max_tokens":-2})", "max_tokens"},
      {"/v1/completions", R"({"seed":18446744073709551616})", "seed"},
      {"/v1/completions", R"({"seed":1.5})", "seed"},
      {"/v1/completions", R"({"n":2})", "n"},
      {"/v1/completions", R"({"best_of":3})", "best_of"},
      {"/v1/completions", R"({"logprobs":1})", "logprobs"},
      {"/v1/completions", R"({"logprobs":true})", "logprobs"},
      {"/v1/completions", R"({"echo":true})", "echo"},
      {"/v1/completions", R"({"suffix":"x"})", "suffix"},
      {"/v1/completions", R"({"logit_bias":{"5":1}})", "logit_bias"},
      {"/v1/completions", R"({"prompt":5})", "prompt"},
      {"/v1/completions", R"({"prompt":["a","b"]})", "prompt"},
      {"/v1/completions", R"({"prompt":[1,2]})", "prompt"},
      {"/v1/completions", R"({"stop":""})", "stop"},
      {"/v1/completions", R"({"stop":[1]})", "stop"},
      {"/v1/completions", R"({"stop":["1","2","3","4","5","6","7","8","9","a","b","c","d","e","f","g","h"]})", "stop"},
      {"/v1/completions", R"({"stream":1})", "stream"},
      {"/v1/completions", R"({"stream_options":{"include_usage":3}})", "stream_options"},
      {"/v1/chat/completions", R"({})", "messages"},
      {"/v1/chat/completions", R"({"messages":[]})", "messages"},
      {"/v1/chat/completions", R"({"messages":["x"]})", "messages"},
      {"/v1/chat/completions", R"({"messages":[{"content":"x"}]})", "messages"},
      {"/v1/chat/completions", R"({"messages":[{"role":"tool","content":"x"}]})", "messages"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user","content":5}]})", "messages"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user","content":[{"type":"image_url"}]}]})", "messages"},
      {"/v1/chat/completions",
       R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text"}]}]})", "messages"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user"}],"tools":[{}]})", "tools"},
      {"/v1/chat/completions", R"({"messages":[{"role":"user"}],"response_format":{"type":"json_object"}})",
       "response_format"},
      {"/api/settings", R"({"temperature":-1})", "temperature"},
  };
  for (const Wrong& wrong : all) {
    Exchange* const e = s.post(wrong.path, wrong.body);
    ASSERT_NE(e, nullptr);
    ASSERT_TRUE(e->has_head) << wrong.body;
    EXPECT_EQ(e->head.status, 400) << wrong.body;
    const std::string answer = s.answer(*e);
    EXPECT_TRUE(has(answer, "\"type\":\"invalid_request_error\",\"param\":\"" + std::string(wrong.field) + "\""))
        << answer;
  }
}

TEST(Service, AcceptsWhatAsksForNothing) {
  TestService s(plain_image().span());
  Exchange* const e = s.post(
      "/v1/chat/completions",
      R"({"messages":[{"role":"user","content":"Once","name":"me"},{"role":"assistant","content":null}],"model":"gpt-4",)"
      R"("n":1,"logprobs":false,"tools":[],"logit_bias":{},"response_format":{"type":"text"},"user":"me","stop":null,)"
      R"("max_completion_tokens":2,"metadata":{"a":[1,{"b":2}]},"temperature":null,"top_p":0,"top_k":-1,"stream":false})");
  ASSERT_NE(e, nullptr);
  EXPECT_TRUE(has(s.answer(*e), "\"completion_tokens\":2,"));
}

TEST(Service, RefusesAPromptThatIsLongerThanTheContext) {
  TestService s(plain_image().span(), {.buffer_bytes = 16384});
  const std::string prompt(3000, 'x');
  Exchange* const e = s.post("/v1/completions", R"({"stream":true,"prompt":")" + prompt + "\"}");
  const std::string answer = s.answer(*e);
  EXPECT_EQ(e->head.status, 400);
  EXPECT_TRUE(has(answer, "\"param\":\"prompt\",\"code\":\"context_length_exceeded\"")) << answer;
  EXPECT_TRUE(has(answer, "at most 256")) << answer;
  EXPECT_EQ(joined(s.answer(*s.post("/v1/completions", kWant)), "text"), json_escaped(expected_text()));
}

TEST(Service, PathsAndMethods) {
  TestService s(plain_image().span());
  EXPECT_EQ(status_of(s, s.get("/health")), 200);
  EXPECT_EQ(status_of(s, s.get("/v1/models")), 200);
  EXPECT_EQ(status_of(s, s.get("/v1/models/fixture-1")), 200);
  EXPECT_EQ(status_of(s, s.get("/v1/models/other")), 404);
  EXPECT_EQ(status_of(s, s.get("/v1/models/")), 404);
  EXPECT_EQ(status_of(s, s.get("/metrics")), 200);
  EXPECT_EQ(status_of(s, s.get("/nope")), 404);
  EXPECT_EQ(status_of(s, s.get("/v1/completions")), 405);
  EXPECT_EQ(status_of(s, s.get("/ws")), 426);
  EXPECT_EQ(status_of(s, s.post("/health", "{}")), 405);
  EXPECT_EQ(status_of(s, s.post("/v1/completions", "{")), 400);
  EXPECT_EQ(status_of(s, s.post("/v1/completions", "")), 400);
  EXPECT_EQ(status_of(s, s.post("/v1/completions", std::string(8193, ' '))), 413);
  service::RequestHead head = TestService::head_of(service::Method::kPost, "/v1/completions");
  head.length_known = false;
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 411);
  head = TestService::head_of(service::Method::kOptions, "/v1/completions");
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 204);
  head = TestService::head_of(service::Method::kHead, "/health");
  Exchange* const e = s->open(head, s.now);
  EXPECT_EQ(e->head.length, 15u);
  EXPECT_EQ(s.answer(*e), "");
}

TEST(Service, ABodyMayComeInPiecesButNotForever) {
  TestService s(plain_image().span());
  service::RequestHead head = TestService::head_of(service::Method::kPost, "/v1/completions");
  head.body_bytes = 10;
  Exchange* e = s->open(head, s.now);
  for (const char& c : std::string_view(kWant)) EXPECT_TRUE(s->receive(*e, {&c, 1}, s.now));
  s->complete(*e, s.now);
  EXPECT_EQ(joined(s.answer(*e), "text"), json_escaped(expected_text()));

  e = s->open(head, s.now);
  EXPECT_TRUE(s->receive(*e, "{", s.now));
  s.now.us += 10'000'001;
  EXPECT_TRUE(s->is_stalled(*e, s.now));
  EXPECT_FALSE(s->receive(*e, "\"", s.now));
  EXPECT_EQ(e->head.status, 408);
  s.answer(*e);

  e = s->open(head, s.now);
  EXPECT_FALSE(s->receive(*e, std::string(8193, ' '), s.now));  // more than its Content-Length said
  EXPECT_EQ(e->head.status, 413);
}

TEST(Service, AsksForAKeyWhereThereIsOne) {
  TestService s(plain_image().span(), {.key = "secret"});
  EXPECT_EQ(status_of(s, s.get("/health")), 200);
  EXPECT_EQ(status_of(s, s.get("/v1/models")), 401);
  EXPECT_EQ(status_of(s, s.get("/v1/models", "Bearer wrong")), 401);
  EXPECT_EQ(status_of(s, s.get("/v1/models", "Bearer secret")), 200);
  EXPECT_EQ(status_of(s, s.get("/metrics")), 401);
  EXPECT_EQ(status_of(s, s.get("/api/info")), 401);
  EXPECT_EQ(status_of(s, s.post("/api/settings", "{}")), 401);
  EXPECT_EQ(status_of(s, s.post("/v1/completions", kWant)), 401);
  EXPECT_TRUE(has(s.answer(*s.post("/v1/completions", kWant, "Bearer secret")), "\"completion_tokens\":12"));
  service::Refusal refusal;
  EXPECT_EQ(s->open_message(R"({"type":"generate"})", s.now, &refusal), nullptr);
  EXPECT_EQ(refusal.status, 401);
  Exchange* const e = s->open_message(R"({"type":"generate","key":"secret"})", s.now, &refusal);
  ASSERT_NE(e, nullptr);
  s->close(*e);
  EXPECT_EQ(s->open_exchanges(), 0u);
}

TEST(Service, ChecksHostAndOrigin) {
  TestService s(plain_image().span(), {.origin = "https://a.example"});
  service::RequestHead head = TestService::head_of(service::Method::kGet, "/health");
  head.host = "evil.com";
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 403);
  EXPECT_EQ(s->may_upgrade(head).status, 403);
  head = TestService::head_of(service::Method::kPost, "/api/settings");
  head.origin = "http://evil.com";
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 403);
  EXPECT_EQ(s->may_upgrade(head).status, 403);
  head.origin = "https://a.example";
  EXPECT_FALSE(s->may_upgrade(head));
  Exchange* const e = s->open(head, s.now);
  s->receive(*e, "{}", s.now);
  s->complete(*e, s.now);
  EXPECT_EQ(e->head.status, 200);
  EXPECT_STREQ(e->head.headers[0].name, "Access-Control-Allow-Origin");
  EXPECT_EQ(e->head.headers[0].value, "https://a.example");
}

TEST(Service, SettingsApplyWhereARequestIsSilent) {
  TestService s(plain_image().span());
  EXPECT_TRUE(has(s.answer(*s.get("/api/settings")), "\"temperature\":0.8,"));
  const std::string set = s.answer(*s.post("/api/settings", R"({"temperature":0.9,"max_tokens":12})"));
  EXPECT_TRUE(has(set, "\"temperature\":0.9,")) << set;
  EXPECT_TRUE(has(set, "\"max_tokens\":12}")) << set;
  EXPECT_EQ(joined(s.answer(*s.post("/v1/completions", R"({"prompt":"Once","seed":7})")), "text"),
            json_escaped(expected_text()));
  EXPECT_EQ(status_of(s, s.post("/api/settings", R"({"temperature":0.5,"nonsense":1})")), 400);
  EXPECT_TRUE(has(s.answer(*s.get("/api/settings")), "\"temperature\":0.9,"));
}

TEST(Service, AssetsAndNothingElse) {
  static constexpr service::Asset kAssets[] = {{"/index.html", "text/html", "\"e1\"", "plain", "zipped"}};
  TestService s(plain_image().span(), {.assets = kAssets});
  service::RequestHead head = TestService::head_of(service::Method::kGet, "/");
  EXPECT_EQ(s.answer(*s->open(head, s.now)), "plain");
  head.accept_encoding = "br, gzip";
  EXPECT_EQ(s.answer(*s->open(head, s.now)), "zipped");
  head.if_none_match = "\"e1\"";
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 304);
  for (const char* path : {"/../index.html", "/index.html/", "//index.html", "", "/etc/passwd", "/index.html%00"}) {
    EXPECT_EQ(status_of(s, s.get(path)), 404) << path;
  }
  EXPECT_EQ(status_of(s, s.post("/index.html", "{}")), 405);
}

// --- several clients ---

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

// --- WebSockets ---

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

// --- facts ---

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
  EXPECT_TRUE(has(info, R"("memory":[{"region":"kv cache","used":)" + info.substr(at, info.find('}', at) - at)))
      << info;
  const std::string metrics = s.answer(*s.get("/metrics"));
  EXPECT_TRUE(has(metrics, "# TYPE thimble_tokens_predicted_total counter\nthimble_tokens_predicted_total 12\n"))
      << metrics;
  EXPECT_TRUE(has(metrics, "thimble_requests_total 3\n")) << metrics;
}

}  // namespace
}  // namespace thimble
