#include <gtest/gtest.h>

#include <string>

#include "tests/unit/service_fixture.h"

namespace thimble {
namespace {

using namespace testing;
using service::Exchange;

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
  HttpRequest head = TestService::head_of(HttpMethod::kPost, "/v1/completions");
  head.length_known = false;
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 411);
  head = TestService::head_of(HttpMethod::kOptions, "/v1/completions");
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 204);
  head = TestService::head_of(HttpMethod::kHead, "/health");
  Exchange* const e = s->open(head, s.now);
  EXPECT_EQ(e->head.length, 15u);
  EXPECT_EQ(s.answer(*e), "");
}

TEST(Service, ABodyMayComeInPiecesButNotForever) {
  TestService s(plain_image().span());
  HttpRequest head = TestService::head_of(HttpMethod::kPost, "/v1/completions");
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
  HttpRequest head = TestService::head_of(HttpMethod::kGet, "/health");
  head.host = "evil.com";
  EXPECT_EQ(status_of(s, s->open(head, s.now)), 403);
  EXPECT_EQ(s->may_upgrade(head).status, 403);
  head = TestService::head_of(HttpMethod::kPost, "/api/settings");
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
  HttpRequest head = TestService::head_of(HttpMethod::kGet, "/");
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

}  // namespace
}  // namespace thimble
