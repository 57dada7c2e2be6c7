// The page and the API by the library, behind the server's fake.
#include <ThimbleWeb.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <regex>

#include "http_fakes.h"
#include "library_fixture.h"

namespace {

// A server never goes away, so every test needs a process of its own, as ctest gives it; nobody looks for leaks here.
class Page : public testing::Test {
 protected:
  void start(const ThimbleWebOptions& options = {}, size_t keep_free = 96 * 1024) {
    fake::plug_in({});
    ASSERT_TRUE(story_.begin({.keepFree = keep_free})) << story_.error();
    ASSERT_TRUE(page_.begin(options)) << page_.error();
  }

  static std::string head(const std::string& first, size_t bytes, const std::string& more = "") {
    return first + " HTTP/1.1\r\nHost: 192.168.0.7\r\nContent-Length: " + std::to_string(bytes) + "\r\n" + more +
           "\r\n";
  }

  // What a client hears within so many turns of loop().
  std::string ask(const std::string& request, int loops = 20) {
    const int client = fakes::http::connect();
    fcntl(client, F_SETFL, O_NONBLOCK);
    EXPECT_EQ(send(client, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string answer;
    for (int i = 0; i < loops; ++i) {
      fakes::http::turns();
      page_.step();
      char piece[4096];
      for (ssize_t count; (count = read(client, piece, sizeof(piece))) > 0;)
        answer.append(piece, static_cast<size_t>(count));
    }
    close(client);
    return answer;
  }
  std::string complete(const std::string& json) { return ask(head("POST /v1/completions", json.size()) + json, 400); }

  Thimble story_{thimble_story_model};
  ThimbleWeb page_{story_};
};

// A body without the frames of its pieces.
std::string without_chunks(const std::string& answer) {
  return std::regex_replace(answer, std::regex("\r\n[0-9a-f]+\r\n"), "");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Page, IsServedGzipped) {
  start();
  const std::string answer = ask(head("GET /", 0));
  EXPECT_TRUE(has(answer, "HTTP/1.1 200 OK")) << answer.substr(0, 300);
  EXPECT_TRUE(has(answer, "Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_TRUE(has(answer, "Content-Encoding: gzip\r\n"));
}

TEST_F(Page, TellsTheStoryOfTheLibrary) {
  fake::plug_in({});
  const std::string expected = expected_story();
  start();
  const std::string answer = without_chunks(complete("{\"prompt\":\"A cat named Tom\",\"seed\":34,\"max_tokens\":20}"));
  const size_t at = answer.find("\"text\":\"") + 8;
  ASSERT_TRUE(has(answer, "\"text\":\"")) << answer;
  const std::string told = answer.substr(at, answer.find('"', at) - at);
  EXPECT_GT(told.size(), 20u);
  EXPECT_EQ(expected.substr(0, told.size()), told);
}

TEST_F(Page, TellsWhatTheBoardIs) {
  start();
  const std::string info = ask(head("GET /api/info", 0));
  EXPECT_TRUE(has(info, "\"board\":{\"name\":\"ESP32-Fake\",\"chip\":\"ESP32-Fake\",\"cpu_mhz\":240}")) << info;
  EXPECT_TRUE(has(info, "{\"region\":\"fast\",\"used\":")) << info;
  EXPECT_FALSE(has(info, "manages_models")) << "there is no such route";
}

TEST_F(Page, AForeignNameIsRefused) {
  start({.name = "thimble.local"});
  EXPECT_TRUE(has(ask("GET /api/info HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "HTTP/1.1 403"));
  EXPECT_TRUE(has(ask("GET /api/info HTTP/1.1\r\nHost: thimble.local\r\n\r\n"), "HTTP/1.1 200"));
  const std::string upgrade = "Upgrade: websocket\r\n";
  EXPECT_EQ(ask("GET /ws HTTP/1.1\r\nHost: 192.168.0.7\r\nOrigin: http://evil.example\r\n" + upgrade + "\r\n"), "");
  EXPECT_TRUE(has(ask("GET /ws HTTP/1.1\r\nHost: 192.168.0.7\r\nOrigin: http://192.168.0.7\r\n" + upgrade + "\r\n"),
                  "HTTP/1.1 101"));
}

TEST_F(Page, AKeyIsAskedFor) {
  start({.key = "open sesame"});
  EXPECT_TRUE(has(ask(head("GET /api/info", 0)), "HTTP/1.1 401"));
  EXPECT_TRUE(has(ask(head("GET /api/info", 0, "Authorization: Bearer open sesam\r\n")), "HTTP/1.1 401"));
  EXPECT_TRUE(has(ask(head("GET /api/info", 0, "Authorization: Bearer open sesame\r\n")), "HTTP/1.1 200"));
}

TEST_F(Page, HasTheModelForItself) {
  start();
  EXPECT_FALSE(story_.start("A cat"));
  EXPECT_STREQ(story_.error(), "a page tells with this model; end() of the page gives it back");
  EXPECT_FALSE(story_.begin());
  EXPECT_FALSE(story_.selfTest());
  story_.end();
  EXPECT_TRUE(story_.ready()) << "it stays";
  page_.end();
  EXPECT_TRUE(has(ask(head("GET /api/info", 0)), "HTTP/1.1 503"));
  EXPECT_TRUE(story_.start("A cat")) << story_.error();
  ASSERT_TRUE(page_.begin()) << page_.error();
  EXPECT_FALSE(story_.running());
  EXPECT_TRUE(has(ask(head("GET /api/info", 0)), "HTTP/1.1 200"));
}

TEST_F(Page, NeedsAStoryAndMemory) {
  fake::plug_in({});
  EXPECT_FALSE(page_.begin());
  EXPECT_STREQ(page_.error(), "begin() of the story comes first, and must return true");
  fake::Board board;
  board.internal = {90 * 1024};
  fake::plug_in(board);
  ASSERT_TRUE(story_.begin({.keepFree = 4096})) << story_.error();
  EXPECT_FALSE(page_.begin());
  EXPECT_TRUE(has(page_.error(), "bytes in one piece: story.begin({.keepFree = ...}) leaves more")) << page_.error();
  EXPECT_TRUE(story_.start("A cat")) << "it is the sketch's again";
  EXPECT_FALSE(page_.step());
}

}  // namespace
