// Routes of a program beside those of the service.

#include <gtest/gtest.h>

#include "firmware/server/server.h"
#include "tests/firmware/server_client.h"

namespace thimble::testing {
namespace {

// Takes an upload in small pieces, while it has room, and answers when somebody says so.
class Upload final : public web::Route {
 public:
  bool takes(const HttpRequest& request) const override { return request.path == "/upload"; }
  web::Guard guard() const override { return guarded; }
  void on_head(web::Call& call, const HttpRequest& request) override {
    call.user = this;
    if (request.body_bytes > 100) call.refuse(413, "too long");
  }
  size_t room(web::Call&) override { return room_bytes; }
  void on_body(web::Call& call, std::string_view bytes) override {
    EXPECT_EQ(call.user, this);
    EXPECT_LE(bytes.size(), room_bytes);
    room_bytes -= bytes.size();
    came += bytes;
  }
  void on_end(web::Call&) override { ended = true; }
  void poll(web::Call& call) override {
    if (verdict != nullptr) call.answer_text(200, "text/plain", verdict);
  }
  void on_close(web::Call&, bool whole) override { closed = whole ? "whole" : "gone"; }

  web::Guard guarded;
  size_t room_bytes = 4;
  std::string came;
  bool ended = false;
  const char* verdict = nullptr;
  std::string closed;
};

class RouteTest : public ::testing::Test {
 protected:
  RouteTest() {
    web::Options options;
    options.routes = routes_;
    server_.emplace(options);
  }
  HttpClient ask(std::string_view host = "192.168.4.1", std::string_view origin = {},
                 std::string_view body = "0123456789") {
    HttpRequest request = request_of(HttpMethod::kPost, "/upload", body);
    request.host = host;
    request.origin = origin;
    return HttpClient(*server_, request, body);
  }

  Upload upload_;
  web::Route* const routes_[1] = {&upload_};
  std::optional<web::Server> server_;
};

TEST_F(RouteTest, ABodyWaitsForRoomAndTheAnswerForWork) {
  HttpClient client = ask();
  EXPECT_EQ(client.bring(), 4u);
  EXPECT_EQ(client.bring(), 0u);
  FakeTime::now_us += 2 * web::kPatienceUs;
  EXPECT_FALSE(client.is_stalled()) << "it is the route that takes its time";
  upload_.room_bytes = 100;
  EXPECT_EQ(client.bring(), 6u);
  EXPECT_EQ(upload_.came, "0123456789");
  EXPECT_TRUE(upload_.ended);
  EXPECT_EQ(client.take(), 0u);
  FakeTime::now_us += 2 * web::kPatienceUs;
  EXPECT_FALSE(client.is_stalled());
  upload_.verdict = "kept";
  client.take();
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.answer, "kept");
  EXPECT_EQ(upload_.closed, "whole");
}

TEST_F(RouteTest, AClientThatBringsNothingIsGivenUp) {
  HttpClient client = ask();
  upload_.room_bytes = 100;
  client.bring(3);
  EXPECT_FALSE(client.is_stalled());
  FakeTime::now_us += web::kPatienceUs + 1;
  EXPECT_TRUE(client.is_stalled());
  client.vanish();
  EXPECT_EQ(upload_.closed, "gone");
}

TEST_F(RouteTest, ARefusalEndsTheBody) {
  HttpClient client = ask("192.168.4.1", {}, std::string(200, 'x'));
  EXPECT_EQ(client.bring(), 0u);
  client.take();
  EXPECT_EQ(client.status, 413);
  EXPECT_EQ(client.answer,
            R"({"error":{"message":"too long","type":"invalid_request_error","param":null,"code":null}})");
  EXPECT_EQ(upload_.came, "");
}

TEST_F(RouteTest, ForeignPagesAreRefusedBeforeTheRouteSeesThem) {
  for (const char* host : {"evil.example", ""}) {
    HttpClient client = ask(host);
    client.take();
    EXPECT_EQ(client.status, 403);
  }
  HttpClient foreign = ask("192.168.4.1", "http://evil.example");
  foreign.take();
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(upload_.closed, "");
  upload_.guarded.any_host = true;
  HttpClient portal = ask("captive.example");
  EXPECT_EQ(portal.bring(), 4u);
}

}  // namespace
}  // namespace thimble::testing
