// The set-up page, its requests and the captive portal, through the very server that the chip has, without sockets.

#include <optional>
#include <string>

#include "firmware/network/portal.h"
#include "firmware/network/setup_api.h"
#include "firmware/server/server.h"
#include "tests/firmware/network_support.h"

namespace thimble::testing {
namespace {

constexpr service::Asset kFiles[] = {
    {"/index.html", "text/html; charset=utf-8", "\"1\"", {}, "the page"},
    {"/setup.js", "text/javascript; charset=utf-8", "\"2\"", {}, "the program"},
};
constexpr std::string_view kNames[] = {"thimble.local"};

struct Answer {
  int status = 0;
  std::string body;
  std::string location;
  std::string encoding;
  std::string policy;
};

class PortalTest : public NetworkTest {
 protected:
  PortalTest() {
    web::Options options;
    options.routes = routes;
    options.names = kNames;
    server.emplace(options);
  }

  HttpRequest request(HttpMethod method, std::string_view path, std::string_view body = {}) {
    HttpRequest made;
    made.method = method;
    made.path = path;
    made.host = "192.168.4.1";
    if (method == HttpMethod::kPost) made.origin = "http://192.168.4.1";
    made.body_bytes = body.size();
    return made;
  }
  Answer send(const HttpRequest& request, std::string_view body = {}) {
    port::HttpExchange* const exchange = server->on_request(request);
    EXPECT_NE(exchange, nullptr);
    for (const char byte : body) {
      if (exchange->response() == nullptr) exchange->on_body({&byte, 1});
    }
    if (exchange->response() == nullptr) exchange->on_end();
    Answer answer = receive(*exchange);
    exchange->close();
    return answer;
  }
  static Answer receive(port::HttpExchange& exchange) {
    Answer answer;
    const HttpResponse* const response = exchange.response();
    if (response == nullptr) return answer;
    answer.status = response->status;
    for (size_t i = 0; i < response->header_count; ++i) {
      const std::string_view name = response->headers[i].name;
      if (name == "Location") answer.location = response->headers[i].value;
      if (name == "Content-Encoding") answer.encoding = response->headers[i].value;
      if (name == "Content-Security-Policy") answer.policy = response->headers[i].value;
    }
    char piece[port::kHttpPieceBytes];
    while (const size_t bytes = exchange.take(piece)) answer.body.append(piece, bytes);
    EXPECT_TRUE(exchange.is_over());
    return answer;
  }
  Answer get(std::string_view path, std::string_view host = "192.168.4.1") {
    HttpRequest made = request(HttpMethod::kGet, path);
    made.host = host;
    return send(made);
  }
  Answer post(std::string_view path, std::string_view body = "{}") {
    return send(request(HttpMethod::kPost, path, body), body);
  }

  network::Portal portal{net, kNames};
  network::SetupPage page{kFiles};
  network::SetupApi api{net};
  web::Route* const routes[3] = {&portal, &page, &api};
  std::optional<web::Server> server;
};

// --- the portal ---

struct Probe {
  const char* host;
  const char* path;
};

// What phones, computers and browsers ask to find out whether there is an internet.
constexpr Probe kProbes[] = {
    {"connectivitycheck.gstatic.com", "/generate_204"},
    {"www.google.com", "/gen_204"},
    {"clients3.google.com", "/generate_204"},
    {"captive.apple.com", "/hotspot-detect.html"},
    {"www.apple.com", "/library/test/success.html"},
    {"www.msftconnecttest.com", "/connecttest.txt"},
    {"www.msftncsi.com", "/ncsi.txt"},
    {"www.msftconnecttest.com", "/redirect"},
    {"detectportal.firefox.com", "/canonical.html"},
    {"detectportal.firefox.com", "/success.txt"},
    {"nmcheck.gnome.org", "/check_network_status.txt"},
    {"192.168.4.1", "/generate_204"},
    {"example.org", "/"},
    {"example.org", "/setup/"},
};

TEST_F(PortalTest, EveryProbeLeadsToTheSetUpPage) {
  start();
  for (const Probe& probe : kProbes) {
    const Answer answer = get(probe.path, probe.host);
    EXPECT_EQ(answer.status, 302) << probe.host << probe.path;
    EXPECT_EQ(answer.location, "http://192.168.4.1/setup/");
    EXPECT_NE(answer.body.find("192.168.4.1/setup/"), std::string::npos);  // Apple's phones want a text
  }
}

TEST_F(PortalTest, WithoutAnAccessPointOtherNamesAreRefused) {
  start("Home");
  come_online();
  for (const Probe& probe : kProbes) {
    const Answer answer = get(probe.path, probe.host);
    EXPECT_NE(answer.status, 302) << probe.host << probe.path;
    EXPECT_GE(answer.status, 400) << probe.host << probe.path;
  }
}

TEST_F(PortalTest, TheBoardsOwnNamesAreServed) {
  start();
  EXPECT_EQ(get("/setup/").body, "the page");
  EXPECT_EQ(get("/setup/", "thimble.local").body, "the page");
  EXPECT_EQ(get("/setup/", "192.168.4.1:80").body, "the page");
}

// --- the page ---

TEST_F(PortalTest, FilesOfTheSetUpPage) {
  start();
  const Answer answer = get("/setup/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.encoding, "gzip");
  EXPECT_NE(answer.policy.find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(get("/setup/setup.js").body, "the program");
  EXPECT_EQ(get("/setup").location, "/setup/");
  EXPECT_EQ(get("/setup/none").status, 404);
  EXPECT_EQ(get("/setup/../setup.js").status, 404);
  EXPECT_NE(get("/setupper").body, "the page");
  EXPECT_EQ(send(request(HttpMethod::kHead, "/setup/")).body, "");
}

// --- its requests ---

TEST_F(PortalTest, TellsTheState) {
  start("Home");
  for (uint32_t i = 0; i < network::kAttempts; ++i) {
    take(failed(port::WifiFailure::kRefused));
    step(8000);
  }
  EXPECT_EQ(
      get("/api/wifi").body,
      R"({"state":"portal","access_point":"thimble-1A2B","ssid":"Home","address":"0.0.0.0",)"
      R"("problem":"wrong_password","trial":false,"trials":0,"trial_problem":"none","scanning":false,"scans":0})");
  EXPECT_EQ(get("/api/wifi").body.find("secret-7"), std::string::npos);
}

TEST_F(PortalTest, TheLongestStateFits) {
  start(std::string(32, '\x01'), std::string(64, 'f'));
  for (uint32_t i = 0; i < network::kAttempts; ++i) {
    take(failed(port::WifiFailure::kRefused));
    step(8000);
  }
  EXPECT_EQ(get("/api/wifi").body.back(), '}');
}

TEST_F(PortalTest, ScansAndLists) {
  start();
  EXPECT_EQ(get("/api/wifi/networks").body, R"({"networks":[]})");
  EXPECT_EQ(post("/api/wifi/scan").status, 200);
  step();
  radio.seen = {network("He said \"hi\"", -40), network("Cafe\xff", -100, false)};
  take(scanned());
  EXPECT_EQ(get("/api/wifi/networks").body, R"({"networks":[{"ssid":"He said \"hi\"","rssi":-40,"secured":true},)"
                                            "{\"ssid\":\"Cafe\xef\xbf\xbd\",\"rssi\":-100,\"secured\":false}]}");
}

TEST_F(PortalTest, TheLongestListIsCutBetweenNetworks) {
  start();
  net.scan();
  step();
  for (int i = 0; i < 16; ++i) radio.seen.push_back(network(std::string(31, '\x01') + static_cast<char>('a' + i), -40));
  take(scanned());
  const std::string body = get("/api/wifi/networks").body;
  EXPECT_TRUE(body.ends_with("true}]}")) << body;
  EXPECT_LE(body.size(), 2048u);
}

TEST_F(PortalTest, Joins) {
  start();
  const Answer answer = post("/api/wifi/join", R"({"ssid":"Caf\u00e9","password":"secret-7"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("trial":true)"), std::string::npos);
  step();
  EXPECT_EQ(radio.ssid, "Caf\xc3\xa9");
  EXPECT_EQ(radio.password, "secret-7");
}

TEST_F(PortalTest, JoinsAnOpenNetwork) {
  start();
  EXPECT_EQ(post("/api/wifi/join", R"({"ssid":"Cafe"})").status, 200);
  step();
  EXPECT_EQ(radio.ssid, "Cafe");
}

TEST_F(PortalTest, Forgets) {
  store.kept.credentials = network::make_credentials("Home", "secret-7");
  net.start();
  for (uint32_t i = 0; i <= network::kAttempts; ++i) {
    step(8000);
    take(failed(port::WifiFailure::kNotFound));
  }
  EXPECT_EQ(post("/api/wifi/forget").status, 200);
  step();
  EXPECT_TRUE(store.kept.credentials.empty());
}

TEST_F(PortalTest, RefusesWhatItCannotRead) {
  start();
  for (const char* body : {"", "{", "[]", "\"Home\"", R"({"ssid":1})", R"({"ssid":"Home","psk":"secret-7"})",
                           R"({"ssid":"Home","password":null})", R"({"password":"secret-7"})", R"({"ssid":""})",
                           R"({"ssid":"Home","password":"short"})", R"({"ssid":"a\u0000b"})", "{\"ssid\":\"\xff\"}",
                           R"({"ssid":"123456789012345678901234567890123"})"}) {
    const Answer answer = post("/api/wifi/join", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.body.find("\"message\":"), std::string::npos) << body;
  }
  const std::string longer(network::SetupApi::kMostBodyBytes + 1, ' ');
  EXPECT_EQ(post("/api/wifi/join", longer).status, 413);
  HttpRequest lies = request(HttpMethod::kPost, "/api/wifi/join", "{}");
  EXPECT_EQ(send(lies, longer).status, 413);
  lies.length_known = false;
  EXPECT_EQ(send(lies).status, 411);
  step();
  EXPECT_EQ(radio.joins, 0u);
}

TEST_F(PortalTest, PathsAndMethods) {
  start();
  EXPECT_EQ(get("/api/wifi/none").status, 404);
  EXPECT_EQ(get("/api/wifi/join").status, 405);
  EXPECT_EQ(post("/api/wifi").status, 405);
  EXPECT_EQ(send(request(HttpMethod::kDelete, "/api/wifi/forget")).status, 405);
}

// A page from elsewhere, in a browser of the access point; and a name that was made to point here.
TEST_F(PortalTest, PagesFromElsewhereSetUpNothing) {
  start();
  HttpRequest foreign = request(HttpMethod::kPost, "/api/wifi/join", "{}");
  foreign.origin = "http://evil.example";
  EXPECT_EQ(send(foreign).status, 403);
  foreign.origin = "null";
  EXPECT_EQ(send(foreign).status, 403);
  foreign.host = "evil.example";
  foreign.origin = "http://evil.example";
  EXPECT_EQ(send(foreign).status, 302);  // to the page, and no further
  step();
  EXPECT_EQ(radio.joins, 0u);
}

TEST_F(PortalTest, WithoutAnAccessPointThereIsNothingToSetUp) {
  start("Home");
  come_online();
  EXPECT_EQ(get("/api/wifi").status, 403);
  EXPECT_EQ(get("/api/wifi/networks").status, 403);
  EXPECT_EQ(post("/api/wifi/scan").status, 403);
  EXPECT_EQ(post("/api/wifi/forget").status, 403);
  EXPECT_EQ(post("/api/wifi/join", R"({"ssid":"Other"})").status, 403);
  step();
  EXPECT_EQ(radio.joins, 1u);
  EXPECT_EQ(radio.scans, 0u);
  EXPECT_STREQ(store.kept.credentials.ssid, "Home");
}

TEST_F(PortalTest, OneAtATimeSendsABody) {
  start();
  const std::string_view body = R"({"ssid":"Home"})";
  port::HttpExchange* const slow = server->on_request(request(HttpMethod::kPost, "/api/wifi/join", body));
  slow->on_body(body.substr(0, 5));
  EXPECT_EQ(post("/api/wifi/join", body).status, 503);
  EXPECT_EQ(get("/api/wifi/networks").status, 503);
  EXPECT_EQ(get("/api/wifi").status, 200);
  slow->close();  // it has gone
  EXPECT_EQ(post("/api/wifi/join", body).status, 200);
}

}  // namespace
}  // namespace thimble::testing
