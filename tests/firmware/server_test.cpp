// firmware/server behind a transport in memory: what is asked, what is told, and what clients can do to it.

#include "firmware/server/server.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "firmware/server/page.h"
#include "tests/firmware/server_client.h"
#include "tests/unit/service_fixture.h"

namespace thimble::testing {
namespace {

constexpr const char* kSocketWant = R"({"type":"generate","prompt":"Once","max_tokens":12,"temperature":0.9,"seed":7})";
constexpr const char* kLong = R"({"prompt":"Once","max_tokens":40,"temperature":0.9,"seed":7,"stream":true})";

// A server with an engine behind it.
class Board {
 public:
  explicit Board(const web::Options& options = with_page(), const tools::ImageBytes& image = plain_image())
      : options_(options), engine_(image.span(), {.max_batch = 8, .max_run_bytes = 4096}), server_(options) {
    attach();
  }
  static web::Options with_page() {
    web::Options options;
    options.page = web::page();
    options.platform.board = options.platform.chip = "ESP32-S3";
    return options;
  }

  void attach() {
    memory_.assign(web::Server::memory_bytes(options_) / sizeof(std::max_align_t) + 1, {});
    EXPECT_TRUE(server_.attach(engine_.engine(), std::as_writable_bytes(std::span(memory_))).ok());
  }
  web::Server& operator*() { return server_; }
  web::Server* operator->() { return &server_; }
  Engine& engine() { return engine_.engine(); }
  // To the end of all that is asked for.
  void work() {
    for (int i = 0; server_.step(); ++i) ASSERT_LT(i, 10'000) << "somebody holds the engine";
  }

 private:
  web::Options options_;
  TestEngine engine_;
  std::vector<std::max_align_t> memory_;
  web::Server server_;
};

// Whether everybody is served as on the first day.
void expect_as_new(Board& board) {
  board.work();
  EXPECT_FALSE(board->is_telling());
  std::vector<std::unique_ptr<PageClient>> pages;
  for (size_t i = 0; i < web::kMostSockets; ++i) pages.push_back(std::make_unique<PageClient>(*board));
  for (const auto& page : pages) EXPECT_TRUE(page->is_open());
  std::vector<HttpClient> clients;
  for (size_t i = 0; i < web::kMostConnections; ++i) clients.push_back(HttpClient::get(*board, "/health"));
  for (HttpClient& client : clients) EXPECT_TRUE(client.was_taken());
  clients.clear();
  HttpClient client = HttpClient::post(*board, "/v1/completions", kWant);
  board.work();
  client.take();
  EXPECT_EQ(joined(client.answer, "text"), json_escaped(expected_text()));
}

TEST(BoardServer, TellsAsTheLibraryDoes) {
  Board board;
  HttpClient whole = HttpClient::post(*board, "/v1/completions", kWant);
  HttpClient events = HttpClient::post(*board, "/v1/completions", kWantEvents);
  PageClient page(*board);
  page.send(kSocketWant);
  board.work();
  whole.take();
  events.take();
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(joined(whole.answer, "text"), json_escaped(expected_text()));
  EXPECT_EQ(events.headers.length, HttpResponse::kStreamed);
  EXPECT_EQ(joined(events.answer, "text"), json_escaped(expected_text()));
  EXPECT_TRUE(events.answer.ends_with("data: [DONE]\n\n"));
  std::string told;
  for (const std::string& message : page.take()) told += joined(message, "text");
  EXPECT_EQ(told, json_escaped(expected_text()));
}

TEST(BoardServer, WakesTheTransportForEachToken) {
  Board board;
  HttpClient client = HttpClient::post(*board, "/v1/completions", kWantEvents);
  size_t events = 0;
  for (uint64_t before = FakeTime::wakes; board->step(); before = FakeTime::wakes) {
    EXPECT_GT(FakeTime::wakes, before);
    if (client.take() > 0) ++events;
  }
  EXPECT_GT(events, 8u);
}

TEST(BoardServer, ALongPromptFeedsTheWatchdog) {
  Board board;
  const uint64_t before = FakeTime::yields;
  const std::string body = R"({"prompt":")" + std::string(60, 'a') + R"(","max_tokens":1})";
  HttpClient client = HttpClient::post(*board, "/v1/completions", body);
  EXPECT_TRUE(board->step());
  EXPECT_GT(FakeTime::yields, before + 1);
}

// --- clients that leave, at every step of what they do

enum class Step { kHead, kHalfBody, kBody, kWork, kTake };

// What a client does, one step at a time. False: it has done all.
bool act(Board& board, HttpClient& client, size_t step) {
  switch (step) {
    case 0:
      return client.bring(10), true;
    case 1:
      return client.bring(), true;
    default:
      if (step % 2 == 0) return board->step() || !client.whole;
      client.take(1);
      return !client.whole;
  }
}

TEST(BoardServer, AClientThatVanishesAtAnyStepFreesTheEngineAtTheNextToken) {
  for (const char* want : {kWant, kLong}) {
    bool done = false;
    for (size_t last = 0; !done; ++last) {
      Board board;
      HttpClient other = HttpClient::post(*board, "/v1/completions", kWant);  // waits behind, or is told first
      {
        HttpClient client(*board, request_of(HttpMethod::kPost, "/v1/completions", want), want);
        for (size_t step = 0; step < last && !done; ++step) done = !act(board, client, step);
      }
      size_t steps = 0;
      while (board->step()) ++steps;
      EXPECT_LE(steps, 15u) << "of the other's text, its prompt, and one for who left";
      other.take();
      EXPECT_EQ(joined(other.answer, "text"), json_escaped(expected_text()));
      expect_as_new(board);
    }
  }
}

TEST(BoardServer, APageThatVanishesAtAnyStep) {
  for (size_t last = 0; last < 20; ++last) {
    Board board;
    {
      PageClient page(*board);
      if (last > 0) page.send(kSocketWant);
      for (size_t step = 1; step < last; ++step) {
        board->step();
        page.take(1);
      }
    }
    size_t steps = 0;
    while (board->step()) ++steps;
    EXPECT_LE(steps, 1u);
    expect_as_new(board);
  }
}

// --- slow ones

TEST(BoardServer, OneByteASecondIsGivenUp) {
  Board board;
  HttpClient client(*board, request_of(HttpMethod::kPost, "/v1/completions", kWant), kWant);
  int seconds = 0;
  while (!client.is_stalled() && client.take() == 0 && seconds < 60) {
    client.bring(1);
    FakeTime::now_us += 1'000'000;
    ++seconds;
  }
  EXPECT_LE(seconds, 12);
  EXPECT_TRUE(client.is_stalled());
  client.vanish();
  expect_as_new(board);
}

TEST(BoardServer, ASlowReaderLosesNothing) {
  Board board;
  HttpClient client = HttpClient::post(*board, "/v1/completions", kLong);
  while (board->step()) {  // 40 tokens, of which it takes nothing
  }
  EXPECT_FALSE(client.is_stalled());
  while (client.take(1) > 0) FakeTime::now_us += 5'000'000;
  EXPECT_TRUE(client.whole);
  EXPECT_TRUE(client.answer.ends_with("data: [DONE]\n\n"));
}

TEST(BoardServer, AReaderThatTakesNothingIsGivenUp) {
  Board board;
  HttpClient client = HttpClient::post(*board, "/v1/completions", kLong);
  PageClient page(*board);
  page.send(kSocketWant);
  HttpClient file = HttpClient::get(*board, "/app.js");
  board.work();
  EXPECT_FALSE(client.is_stalled() || page.is_stalled() || file.is_stalled());
  FakeTime::now_us += web::kPatienceUs + 1;
  EXPECT_TRUE(client.is_stalled());
  EXPECT_TRUE(page.is_stalled());
  EXPECT_TRUE(file.is_stalled());
  client.vanish();
  page.vanish();
  file.vanish();
  expect_as_new(board);
}

// --- too many

TEST(BoardServer, MoreClientsThanSlots) {
  Board board;
  std::vector<HttpClient> clients;
  for (size_t i = 0; i < web::kMostConnections; ++i) {
    clients.push_back(HttpClient::post(*board, "/v1/completions", kWant));
    EXPECT_TRUE(clients.back().was_taken());
  }
  EXPECT_EQ((*board).on_request(request_of(HttpMethod::kGet, "/")), nullptr);
  board.work();
  size_t answered = 0;
  for (HttpClient& client : clients) {
    client.take();
    ASSERT_TRUE(client.whole);
    if (client.status == 200) {
      EXPECT_EQ(joined(client.answer, "text"), json_escaped(expected_text()));
      ++answered;
    } else {
      EXPECT_EQ(client.status, 503);
      EXPECT_GE(client.headers.retry_after, 1u);
      EXPECT_TRUE(has(client.answer, R"("type":"unavailable_error")"));
    }
  }
  EXPECT_GE(answered, 3u);
  EXPECT_LT(answered, clients.size());
  clients.clear();
  expect_as_new(board);
}

TEST(BoardServer, PagesLeaveRoomForRequests) {
  Board board;
  std::vector<std::unique_ptr<PageClient>> pages;
  for (size_t i = 0; i < web::kMostSockets; ++i) pages.push_back(std::make_unique<PageClient>(*board));
  PageClient another(*board);
  EXPECT_FALSE(another.is_open());
  EXPECT_EQ(another.status, 503);
  HttpClient client = HttpClient::get(*board, "/health");
  client.take();
  EXPECT_EQ(client.status, 200);
}

TEST(BoardServer, ABodyThatIsTooLongIsRefusedByItsLength) {
  Board board;
  HttpRequest request = request_of(HttpMethod::kPost, "/v1/completions");
  request.body_bytes = 1'000'000;
  HttpClient client(*board, request, "{");
  EXPECT_EQ(client.bring(), 0u);
  client.take();
  EXPECT_EQ(client.status, 413);
}

// --- memory

TEST(BoardServer, TooLittleMemoryIsSaidAndThePageStays) {
  web::Options options = Board::with_page();
  web::Server server(options);
  TestEngine engine(plain_image().span(), {.max_batch = 8, .max_run_bytes = 4096});
  std::vector<std::max_align_t> memory(64);
  const Status status = server.attach(engine.engine(), std::as_writable_bytes(std::span(memory)));
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  EXPECT_EQ(status.found(), 64 * sizeof(std::max_align_t));
  EXPECT_FALSE(server.step());
  HttpClient page = HttpClient::get(server, "/");
  page.take();
  EXPECT_EQ(page.status, 200);
}

TEST(BoardServer, WhatItAsksForHoldsAModelThatChats) {
  Board board(Board::with_page(), chat_image());
  HttpClient client = HttpClient::post(*board, "/v1/chat/completions",
                                       R"({"messages":[{"role":"user","content":"a"}],"max_tokens":2})");
  board.work();
  client.take();
  EXPECT_EQ(client.status, 200);
}

// --- the model changes

TEST(BoardServer, WithoutAModelThePageStaysAndTheRestSaysWhy) {
  Board board;
  HttpClient told = HttpClient::post(*board, "/v1/completions", kLong);
  HttpClient waits = HttpClient::post(*board, "/v1/completions", kWant);
  PageClient page(*board);
  page.send(kSocketWant);
  for (int i = 0; i < 5; ++i) board->step();
  told.take();
  EXPECT_EQ(told.status, 200);
  board->detach();
  EXPECT_FALSE(board->step());
  EXPECT_FALSE(board->is_telling());
  told.take();
  EXPECT_FALSE(told.whole) << "a text that broke off must not look whole";
  waits.take();
  EXPECT_EQ(waits.status, 503);
  EXPECT_TRUE(has(page.take().back(), R"("type":"error","code":503)"));
  page.send(kSocketWant);
  EXPECT_TRUE(has(page.take().back(), R"("type":"error","code":503)"));
  for (const char* path : {"/", "/app.js"}) {
    HttpClient file = HttpClient::get(*board, path);
    file.take();
    EXPECT_EQ(file.status, 200) << path;
    EXPECT_EQ(file.header("Content-Encoding"), "gzip");
  }
  HttpClient refused = HttpClient::get(*board, "/api/info");
  refused.take();
  EXPECT_EQ(refused.status, 503);

  board.attach();
  page.send(kSocketWant);
  board.work();
  EXPECT_TRUE(has(page.take().back(), R"("type":"done")"));
  page.vanish();
  expect_as_new(board);
}

// --- who may ask

class Sesame final : public web::Password {
 public:
  bool is_set() const override { return set; }
  bool matches(std::string_view given) const override { return given == "sesame"; }
  bool set = true;
};

TEST(BoardServer, TheKeyIsThatOfTheBoard) {
  Sesame sesame;
  web::Options options = Board::with_page();
  options.password = &sesame;
  Board board(options);
  const auto ask = [&board](std::string_view authorization) {
    HttpRequest request = request_of(HttpMethod::kGet, "/api/info");
    request.authorization = authorization;
    HttpClient client(*board, request);
    client.take();
    return client.status;
  };
  EXPECT_EQ(ask(""), 401);
  EXPECT_EQ(ask("Bearer sesam"), 401);
  EXPECT_EQ(ask("Bearer sesame"), 200);
  PageClient page(*board);
  page.send(kSocketWant);
  EXPECT_TRUE(has(page.take().back(), R"("code":401)"));
  page.send(R"({"type":"generate","prompt":"a","max_tokens":1,"key":"sesame"})");
  board.work();
  EXPECT_TRUE(has(page.take().back(), R"("type":"done")"));
  sesame.set = false;
  EXPECT_EQ(ask(""), 200);
}

TEST(BoardServer, ForeignNamesAndPagesAreRefused) {
  Board board;
  for (const char* path : {"/", "/api/info"}) {
    HttpRequest request = request_of(HttpMethod::kGet, path);
    request.host = "evil.example";
    HttpClient client(*board, request);
    client.take();
    EXPECT_EQ(client.status, 403);
  }
  EXPECT_FALSE(PageClient(*board, "evil.example").is_open());
  EXPECT_FALSE(PageClient(*board, "192.168.4.1", "http://evil.example").is_open());
  EXPECT_TRUE(PageClient(*board, "192.168.4.1", "http://192.168.4.1").is_open());
  board->detach();
  HttpRequest request = request_of(HttpMethod::kGet, "/");
  request.host = "evil.example";
  HttpClient client(*board, request);
  client.take();
  EXPECT_EQ(client.status, 403);
}

// --- the page

TEST(BoardServer, ThePageIsTheFilesOfTheFolderWeb) {
  Board board;
  ASSERT_FALSE(web::page().empty());
  for (const service::Asset& file : web::page()) {
    EXPECT_TRUE(file.plain.empty()) << "twice in flash";
    HttpClient client = HttpClient::get(*board, file.path);
    client.take();
    EXPECT_EQ(client.answer, file.gzipped);
    EXPECT_EQ(client.headers.length, file.gzipped.size());
    EXPECT_EQ(client.header("Content-Encoding"), "gzip");
    EXPECT_EQ(client.header("ETag"), file.etag);
  }
}

}  // namespace
}  // namespace thimble::testing
