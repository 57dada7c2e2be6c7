// ports/esp_idf/http_server.cpp over a server in memory: what reaches the program, what reaches the clients, and that
// no call breaks what ESP-IDF documents (the fakes end the test then).

#include <fcntl.h>
#include <sys/socket.h>

#include <cstring>
#include <list>
#include <string>

#include "esp_heap_caps.h"
#include "http_fakes.h"
#include "port_test.h"
#include "ports/http.h"

namespace {

using namespace thimble;

// Says what a test has put there.
class Exchange final : public port::HttpExchange {
 public:
  size_t room() override { return room_bytes; }
  void on_body(std::string_view bytes) override { body += bytes; }
  void on_end() override { ended = true; }
  const HttpResponse* response() override { return answered ? &head : nullptr; }
  size_t take(std::span<char> out) override {
    const size_t count = text.copy(out.data(), out.size());
    text.erase(0, count);
    return count;
  }
  bool is_over() override { return last && text.empty(); }
  bool is_broken() override { return broken; }
  bool is_stalled() override { return stalled; }
  void close() override { ++closed; }

  void answer(std::string whole, bool streams = false) {
    head.content_type = "text/plain";
    head.length = streams ? HttpResponse::kStreamed : whole.size();
    text = std::move(whole);
    answered = true;
    last = !streams;
  }

  size_t room_bytes = SIZE_MAX;
  std::string body;
  bool ended = false;
  HttpResponse head;
  bool answered = false;
  std::string text;
  bool last = false;
  bool broken = false;
  bool stalled = false;
  int closed = 0;
};

class Socket final : public port::HttpSocket {
 public:
  void on_message(std::span<char> text) override { came.emplace_back(text.data(), text.size()); }
  size_t take(std::span<char> out) override {
    if (to_say.empty()) return 0;
    const size_t count = to_say.front().copy(out.data(), out.size());
    to_say.erase(to_say.begin());
    return count;
  }
  bool is_stalled() override { return false; }
  void close() override { ++closed; }

  std::vector<std::string> came;
  std::vector<std::string> to_say;
  int closed = 0;
};

class Application final : public port::HttpApplication {
 public:
  port::HttpExchange* on_request(const HttpRequest& request) override {
    if (full) return nullptr;
    asked = std::string(request.path) + "?" + std::string(request.query) + " " + std::string(request.host) + " " +
            std::string(request.authorization) + " " + std::to_string(request.body_bytes);
    return &exchanges.emplace_back();
  }
  port::HttpSocket* on_socket(const HttpRequest& request, uint16_t* status) override {
    *status = 403;
    asked_host = request.host;
    asked_origin = request.origin;
    return foreign ? nullptr : &sockets.emplace_back();
  }
  std::list<Exchange> exchanges;
  std::list<Socket> sockets;
  std::string asked;
  std::string asked_host;  // for a WebSocket
  std::string asked_origin;
  bool full = false;
  bool foreign = false;
};

Application& start(size_t connections = 4) {
  static Application application;
  fakes::add_usual_memory();
  port::HttpLimits limits;
  limits.connections = connections;
  EXPECT_TRUE(port::start_http(&application, limits).ok());
  return application;
}

class Client {
 public:
  Client() : socket_(fakes::http::connect()) { ::fcntl(socket_, F_SETFL, O_NONBLOCK); }
  ~Client() { vanish(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool is_connected() const { return socket_ >= 0; }
  // Bytes that the server has not looked at yet.
  void push(std::string_view bytes) {
    ASSERT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void send(std::string_view bytes) {
    push(bytes);
    fakes::http::turns();
  }
  void get(std::string_view path) { send("GET " + std::string(path) + " HTTP/1.1\r\nHost: here\r\n\r\n"); }
  void post(std::string_view body, size_t length) {
    send("POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
         std::string(body));
  }
  void upgrade() { send("GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\r\n"); }
  std::string take() {
    fakes::http::turns();
    return take_now();
  }
  std::string take_now() {
    char bytes[65536];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count == 0) closed_ = true;
    return {bytes, count > 0 ? static_cast<size_t>(count) : 0};
  }
  bool is_closed() {
    take();
    return closed_;
  }
  void vanish() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  bool closed_ = false;
};

std::string after_head(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

PORT_TEST(HttpServer, AWholeAnswerAndTheNextRequest) {
  Application& app = start();
  Client client;
  client.send("GET /a?b=c HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer k\r\n\r\n");
  EXPECT_EQ(app.asked, "/a?b=c here Bearer k 0");
  EXPECT_TRUE(app.exchanges.back().ended);
  EXPECT_EQ(client.take(), "");
  app.exchanges.back().head.add("ETag", "\"1\"");
  app.exchanges.back().answer("hello");
  port::wake_http();
  EXPECT_EQ(client.take(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nETag: \"1\"\r\n"
            "X-Content-Type-Options: nosniff\r\n\r\nhello");
  EXPECT_EQ(app.exchanges.back().closed, 1);
  EXPECT_EQ(fakes::http::kept_requests(), 0u);
  client.get("/next");
  EXPECT_EQ(app.exchanges.size(), 2u);
}

PORT_TEST(HttpServer, AStreamGoesOutAsItComes) {
  Application& app = start();
  Client client;
  client.get("/");
  Exchange& exchange = app.exchanges.back();
  exchange.answer("one", true);
  port::wake_http();
  EXPECT_EQ(after_head(client.take()), "3\r\none\r\n");
  exchange.text = std::string(2000, 'x');
  exchange.last = true;
  port::wake_http();
  EXPECT_EQ(client.take(),
            "400\r\n" + std::string(1024, 'x') + "\r\n3d0\r\n" + std::string(976, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(exchange.closed, 1);
}

PORT_TEST(HttpServer, ABodyComesInPiecesAndWaitsForRoom) {
  Application& app = start();
  Client client;
  client.post("012", 10);
  Exchange& exchange = app.exchanges.back();
  EXPECT_EQ(exchange.body, "012");
  exchange.room_bytes = 0;
  client.send("345");
  EXPECT_EQ(exchange.body, "012");
  exchange.room_bytes = 100;
  port::wake_http();
  client.send("6789");
  EXPECT_EQ(exchange.body, "0123456789");
  EXPECT_TRUE(exchange.ended);
}

PORT_TEST(HttpServer, OneByteATimeHoldsNobodyUp) {
  Application& app = start();
  Client slow;
  Client quick;
  slow.post("", 100);
  for (int i = 0; i < 10; ++i) {
    slow.send("x");
    fakes::http::fire_timers();
    quick.get("/");
    app.exchanges.back().answer("quick");
    port::wake_http();
    EXPECT_EQ(after_head(quick.take()), "quick");
  }
  app.exchanges.front().stalled = true;
  fakes::http::fire_timers();
  EXPECT_TRUE(slow.is_closed());
  EXPECT_EQ(app.exchanges.front().closed, 1);
}

PORT_TEST(HttpServer, ClientsThatVanishFreeTheirExchangeAtTheNextWake) {
  Application& app = start();
  for (int step = 0; step < 4; ++step) {
    Client client;
    if (step == 0) client.post("01", 10);
    if (step > 0) client.get("/");
    Exchange& exchange = app.exchanges.back();
    if (step > 1) exchange.answer("a", true);
    if (step > 2) {
      port::wake_http();
      client.take();
    }
    client.vanish();
    port::wake_http();
    fakes::http::turns();
    EXPECT_EQ(exchange.closed, 1) << step;
    EXPECT_EQ(fakes::http::sessions(), 0u) << step;
    EXPECT_EQ(fakes::http::kept_requests(), 0u) << step;
  }
}

PORT_TEST(HttpServer, AnAnswerThatBreaksOffEndsTheConnection) {
  Application& app = start();
  Client client;
  client.get("/");
  app.exchanges.back().answer("{", true);
  port::wake_http();
  client.take();
  app.exchanges.back().broken = true;
  port::wake_http();
  EXPECT_TRUE(client.is_closed());
}

PORT_TEST(HttpServer, ARefusedBodyIsReadOnAndThenTheConnectionEnds) {
  Application& app = start();
  Client client;
  client.post("0123", 2000);
  app.exchanges.back().answer("no");
  app.exchanges.back().head.status = 413;
  port::wake_http();
  const std::string answer = client.take();
  EXPECT_NE(answer.find("HTTP/1.1 413 Content Too Large"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(app.exchanges.back().closed, 0);
  client.send(std::string(1996, 'x'));
  fakes::http::fire_timers();
  fakes::http::turns();
  EXPECT_EQ(app.exchanges.back().body, "0123");
  EXPECT_EQ(app.exchanges.back().closed, 1);
  EXPECT_TRUE(client.is_closed());
}

// A little at a time: the answer is out long before all of the body came.
PORT_TEST(HttpServer, OfARefusedBodyLittleIsReadAtOnce) {
  Application& app = start();
  Client client;
  client.post("0123", 40'000);
  app.exchanges.back().answer("no");
  app.exchanges.back().head.status = 413;
  client.push(std::string(30'000, 'x'));
  port::wake_http();
  fakes::http::turn();
  EXPECT_NE(client.take_now().find("HTTP/1.1 413 "), std::string::npos);
  EXPECT_GE(fakes::http::mailbox(), 1u) << "the next piece has its own turn";
  EXPECT_EQ(app.exchanges.back().closed, 0);
  client.send(std::string(40'000 - 30'000 - 4, 'x'));
  EXPECT_EQ(app.exchanges.back().body, "0123");
  EXPECT_EQ(app.exchanges.back().closed, 1);
  EXPECT_TRUE(client.is_closed());
}

PORT_TEST(HttpServer, NoMemoryForARequestIsA503) {
  Application& app = start();
  fakes::http::refuse_copies(true);
  Client client;
  client.get("/");
  EXPECT_EQ(client.take().substr(0, 12), "HTTP/1.1 503");
  EXPECT_EQ(app.exchanges.back().closed, 1);
  fakes::http::refuse_copies(false);
  app.full = true;
  Client another;
  another.get("/");
  EXPECT_EQ(another.take().substr(0, 12), "HTTP/1.1 503");
  EXPECT_TRUE(another.is_closed());
}

PORT_TEST(HttpServer, APieceThatFindsNoMemoryGoesOutLater) {
  Application& app = start();
  Client first;
  Client second;
  first.get("/1");
  second.get("/2");
  app.exchanges.front().answer("one");
  app.exchanges.back().answer("two");
  fakes::http::fail_sends(true);
  port::wake_http();
  EXPECT_EQ(first.take() + second.take(), "");
  fakes::http::fail_sends(false);
  for (int i = 0; i < 3; ++i) {
    fakes::http::fire_timers();
    fakes::http::turns();
  }
  EXPECT_EQ(after_head(first.take()), "one");
  EXPECT_EQ(after_head(second.take()), "two");
}

// The server's task must never wait for a place in its own mailbox: the fakes end the test where it would.
PORT_TEST(HttpServer, AllEndAtOnceWithHardlyAnyPlaceInTheMailbox) {
  Application& app = start(9);
  std::list<Client> clients(8);
  for (Client& client : clients) client.get("/");
  fakes::http::fill_mailbox(3);
  for (Exchange& exchange : app.exchanges) exchange.answer("all");
  for (int i = 0; i < 20; ++i) {
    port::wake_http();
    fakes::http::turn();
  }
  for (Client& client : clients) EXPECT_EQ(after_head(client.take()), "all");
  EXPECT_EQ(fakes::http::kept_requests(), 0u);
  for (const Exchange& exchange : app.exchanges) EXPECT_EQ(exchange.closed, 1);
}

PORT_TEST(HttpServer, AFullMailboxIsTriedAgain) {
  Application& app = start();
  Client client;
  client.get("/");
  app.exchanges.back().answer("late");
  fakes::http::fill_mailbox(0);
  port::wake_http();
  EXPECT_EQ(client.take(), "");
  fakes::http::fill_mailbox(6);
  fakes::http::fire_timers();
  EXPECT_EQ(after_head(client.take()), "late");
}

PORT_TEST(HttpServer, TheQuietestMakesRoom) {
  start(2);
  Client first;
  Client second;
  EXPECT_TRUE(second.is_connected());
  fakes::http::fire_timers();
  EXPECT_FALSE(first.is_closed()) << "its request may be on its way";
  fakes::advance(1'000'000);
  second.get("/");
  fakes::http::fire_timers();
  EXPECT_FALSE(first.is_closed()) << "its first request may have got lost";
  fakes::advance(2'000'000);
  fakes::http::fire_timers();
  EXPECT_TRUE(first.is_closed());
  EXPECT_FALSE(second.is_closed());
  Client third;
  EXPECT_TRUE(third.is_connected());
}

PORT_TEST(HttpServer, OneThatWasAnsweredMakesRoomSooner) {
  Application& app = start(2);
  Client first;
  Client second;
  first.get("/");
  app.exchanges.back().answer("hello");
  port::wake_http();
  EXPECT_EQ(after_head(first.take()), "hello");
  fakes::advance(1'000'000);
  fakes::http::fire_timers();
  EXPECT_TRUE(first.is_closed());
  EXPECT_FALSE(second.is_closed());
}

// A server that was busy for seconds has not looked at it yet.
PORT_TEST(HttpServer, AConnectionWhoseRequestHasComeIsNotClosed) {
  Application& app = start(2);
  Client first;
  Client second;
  for (const int64_t quiet : {1'000'000, 21'000'000}) {
    fakes::advance(quiet);
    first.push("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
    fakes::http::fire_timers();
    fakes::http::turns();
    ASSERT_FALSE(app.exchanges.empty()) << quiet;
    app.exchanges.back().answer("hello");
    port::wake_http();
    EXPECT_EQ(after_head(first.take()), "hello") << quiet;
    app.exchanges.clear();
  }
}

PORT_TEST(HttpServer, AQuietConnectionIsClosedAfterAWhile) {
  start();
  Client client;
  fakes::http::fire_timers();
  EXPECT_FALSE(client.is_closed());
  fakes::advance(21'000'000);
  fakes::http::fire_timers();
  EXPECT_TRUE(client.is_closed());
}

PORT_TEST(HttpServer, MessagesOfAWebSocket) {
  Application& app = start();
  Client client;
  client.upgrade();
  EXPECT_EQ(client.take().substr(0, 12), "HTTP/1.1 101");
  Socket& socket = app.sockets.back();
  fakes::http::fire_timers();
  fakes::http::turns();
  fakes::advance(60'000'000);  // a page at rest
  client.send("\x81\x02hi");
  ASSERT_EQ(socket.came.size(), 1u);
  EXPECT_EQ(socket.came[0], "hi");
  socket.to_say = {"one", "two"};
  port::wake_http();
  const std::string frames = client.take();
  EXPECT_EQ(frames, std::string("\x81\x7e\0\x03one\x81\x7e\0\x03two", 14));
  client.vanish();
  fakes::http::turns();
  EXPECT_EQ(socket.closed, 1);
  EXPECT_EQ(fakes::http::sessions(), 0u);
}

// The server takes a message and then its connections, in turns: a new connection may have the place of one that has
// ended before all that was begun about that one is done. One place, so that the next connection comes as soon as it is
// free.
class Place {
 public:
  Place() : app_(start(1)) {}
  Application& app() { return app_; }

  // With so many messages in front of whatever is begun now.
  void expect_next_is_answered(size_t messages) {
    fakes::http::add_messages(messages);
    for (int i = 0; i < 20 && fakes::http::sessions() > 0; ++i) {
      port::wake_http();
      fakes::http::turn();
    }
    Client next;
    ASSERT_TRUE(next.is_connected()) << messages;
    app_.exchanges.clear();
    next.get("/");
    ASSERT_EQ(app_.exchanges.size(), 1u) << messages;
    app_.exchanges.back().answer("hello");
    port::wake_http();
    EXPECT_EQ(after_head(next.take()), "hello") << messages;
    next.vanish();
    fakes::http::turns();
    ASSERT_EQ(fakes::http::sessions(), 0u) << messages;
  }

 private:
  Application& app_;
};

constexpr size_t kMostMessages = 3;

PORT_TEST(HttpServer, AConnectionThatIsClosedTakesNoLaterOneWithIt) {
  Place place;
  for (size_t messages = 0; messages <= kMostMessages; ++messages) {
    Client client;
    client.post("0123", 8);
    place.app().exchanges.back().answer("no");
    port::wake_http();
    EXPECT_NE(client.take().find("Connection: close"), std::string::npos);
    client.push("4567");
    place.expect_next_is_answered(messages);
  }
}

PORT_TEST(HttpServer, AWebSocketThatEndsTakesNoLaterConnectionWithIt) {
  Place place;
  for (const std::string_view last : {std::string_view(), std::string_view("\x88\0", 2)}) {
    for (size_t messages = 0; messages <= kMostMessages; ++messages) {
      Client client;
      client.upgrade();
      client.take();
      if (!last.empty()) client.push(last);
      client.vanish();
      place.expect_next_is_answered(messages);
      EXPECT_EQ(place.app().sockets.back().closed, 1);
    }
  }
}

PORT_TEST(HttpServer, AWebSocketAnswersToItsControlFrames) {
  Application& app = start();
  Client client;
  client.upgrade();
  client.take();
  client.send({"\x89\x02hi", 4});
  EXPECT_EQ(client.take(), std::string("\x8a\x02hi", 4));
  client.send({"\x8a\0", 2});
  client.send("\x81\x02yo");
  ASSERT_EQ(app.sockets.back().came.size(), 1u);
  client.send({"\x88\0", 2});
  EXPECT_EQ(client.take(), std::string("\x88\0", 2));
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(app.sockets.back().closed, 1);
}

PORT_TEST(HttpServer, AFrameOfAnotherKindEndsAWebSocket) {
  for (const char* frame : {"\x82\x02hi", "\x01\x02hi"}) {  // binary, and a part of a message
    static Application& app = start();
    Client client;
    client.upgrade();
    client.take();
    client.send(frame);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(app.sockets.back().closed, 1);
    EXPECT_TRUE(app.sockets.back().came.empty());
  }
}

PORT_TEST(HttpServer, AForeignWebSocketIsRefusedBeforeItsHandshake) {
  Application& app = start();
  app.foreign = true;
  Client client;
  client.upgrade();
#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
  EXPECT_EQ(client.take().substr(0, 12), "HTTP/1.1 403");
#else
  EXPECT_EQ(client.take(), "");
#endif
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(app.sockets.empty());
}

PORT_TEST(HttpServer, WhoAsksForAWebSocketIsKnownBeforeItsHandshake) {
  Application& app = start();
  Client client;
  client.send("GET / HTTP/1.1\r\nHost: there\r\n\r\n");
  app.exchanges.back().answer("hello");
  port::wake_http();
  client.take();
  client.send("GET /ws?x HTTP/1.1\r\nhost: here:80\r\nX: " + std::string(200, 'x') +
              "\r\nORIGIN: http://here:80\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_EQ(client.take().substr(0, 12), "HTTP/1.1 101");
  EXPECT_EQ(app.asked_host, "here:80");
  EXPECT_EQ(app.asked_origin, "http://here:80");
}

PORT_TEST(HttpServer, TheSocketsPathWithoutAnUpgradeIsARequest) {
  Application& app = start();
  Client client;
  client.get("/ws");
  ASSERT_EQ(app.exchanges.size(), 1u);
  EXPECT_TRUE(app.sockets.empty());
}

PORT_TEST(HttpServer, AHeadThatStopsIsGivenUp) {
  start();
  Client client;
  client.send("GET / HTTP");  // the server waits for the rest, two seconds at most
  EXPECT_TRUE(client.is_closed());
}

PORT_TEST(HttpServer, OneServer) {
  Application& app = start();
  EXPECT_EQ(port::start_http(&app, {}).code(), Code::kNotReady);
}

PORT_TEST(HttpServer, NoMemoryForTheServer) {
  static Application application;
  fakes::add_heap(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, 2048);
  const Status status = port::start_http(&application, {});
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  port::wake_http();
}

}  // namespace
