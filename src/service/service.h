// The API behind a server of any kind: requests in, answers out. No sockets, no threads, no clock and no heap of its
// own.
//
// A server opens an exchange for each request, hands over the body, and then asks it for what there is to send, as much
// as its client takes: answers are made when they are asked for, from what the client has not been told yet. So nothing
// piles up behind a slow client; it gets several tokens at once. One text is told at a time, others wait in a queue.
//
// The engine's work is step(): one token, or one prompt. Its middle part, compute(), takes the time and touches nothing
// that the other functions do, so a server with threads calls prepare() and publish() under the lock that holds the
// other functions apart, and compute() outside of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "service/access.h"
#include "service/answers.h"
#include "service/events.h"
#include "service/exchange.h"
#include "service/generation.h"
#include "service/json.h"
#include "service/platform.h"
#include "service/routes.h"
#include "service/terms.h"

namespace thimble::service {

struct Options {
  size_t exchanges = 8;               // requests at once, of all kinds; those beyond are refused
  size_t queue = 4;                   // texts that wait behind the one that is told; less than `exchanges`
  size_t buffer_bytes = 8192;         // longest body, and text that waits for a slow client; 4096 at least, for answers
  size_t json_values = 512;           // most values, names included, in a body
  uint64_t patience_us = 10'000'000;  // a client that takes, or brings, nothing for so long is given up
  std::string_view key{};             // empty: everybody may ask, but for key_check
  KeyCheck key_check{};               // in the place of `key`
  std::string_view origin{};          // pages from elsewhere that may ask; "*": all; empty: none
  std::span<const std::string_view> names{};  // of this server, beside its addresses and localhost
  std::span<const Asset> assets{};
  bool any_word = false;  // GeneratorParams::any_word, of every text
  uint64_t chance = 0;    // seeds and names of answers follow from it
  // Called within compute(), behind each sweep of a prompt, which may be long: for a watchdog, and for who waits to
  // hear of it. May be null.
  void (*on_sweep)() = nullptr;
  Platform platform{};
};

class Service {
 public:
  // Bytes of memory for these options and this model, beside sizeof(Service).
  static size_t memory_bytes(const Options& options, const Engine& engine);
  // The same before there is a model: `turn_bytes` for the words of a user in the pattern of a chat, 0 without one;
  // `stop_bytes` as its plan will have them (PlanOptions::max_stop_bytes).
  static size_t memory_bytes(const Options& options, size_t turn_bytes, size_t stop_bytes);

  // The engine, the memory (aligned as for any type, memory_bytes() long) and what the options view must outlive the
  // service.
  Service(Engine& engine, const Options& options, std::span<std::byte> memory, Now now);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // --- requests ---

  // A request whose head has arrived: its answer may be there at once, see Exchange::has_head; else receive() takes the
  // body. Null: there are as many as there may be; busy() is the answer.
  Exchange* open(const HttpRequest& head, Now now);
  // Bytes of the body. False: it is refused, and the rest of it need not be read.
  bool receive(Exchange& exchange, std::string_view bytes, Now now);
  // The body is whole.
  void complete(Exchange& exchange, Now now);

  // Whether a WebSocket may be opened; the refusal's status is the answer when it may not.
  Refusal may_upgrade(const HttpRequest& head) const;
  // A message that came on one which has no exchange yet: null when it asks for none, with the refusal to tell.
  Exchange* open_message(std::string_view message, Now now, Refusal* refusal);
  // The same where an exchange is under way: it can only be stopped. The message is changed in place.
  Refusal message(Exchange& exchange, std::span<char> message);

  // --- answers ---

  // Whether take() would give something.
  bool has_output(Exchange& exchange);
  // What comes next: bytes of the body, or one message of a WebSocket. `out` holds kLeastEventBytes at least. Returns
  // the bytes; 0: nothing now.
  size_t take(Exchange& exchange, std::span<char> out, Now now);
  // Everything was taken.
  bool is_over(const Exchange& exchange) const;
  // It is over in the middle of a JSON object: the connection must end so that the client sees it.
  bool is_broken(const Exchange& exchange) const;
  // Whether the client has been given up: it took or brought nothing for too long.
  bool is_stalled(Exchange& exchange, Now now);
  // The exchange ends here: all was taken, or the client is gone.
  void close(Exchange& exchange);

  // What to say where open() gave nothing, and after how many seconds to try again.
  Refusal busy() const;
  uint32_t seconds_until_room() const;

  // --- the engine ---

  // Whether step() has something to do.
  bool has_work() const;
  void step(Now now);

  void prepare(Now now);  // hands the next text to the engine
  void compute();         // the work
  void publish(Now now);  // hands its result to the exchange

  // Ends all texts: those that are told at the next token, those that wait at once.
  void stop_all();

  const Counters& counters() const { return counters_; }
  size_t open_exchanges() const;

 private:
  struct Parts;  // of the memory

  Service(Engine& engine, const Options& options, const Parts& parts, Now now);

  Exchange* free_exchange();
  const Asset* find_asset(std::string_view path) const;
  Refusal check_head(const HttpRequest& head, const RouteMatch& match, const Asset* asset) const;
  bool may_ask(std::string_view key) const;
  void add_cors(Exchange& e, std::string_view origin) const;
  Refusal read_message(Exchange& e, bool* asks, Now now);

  void answer(Exchange& e, std::string_view path, Now now);
  void answer_asset(Exchange& e, const Asset& asset, const HttpRequest& head);
  void answer_preflight(Exchange& e);
  void answer_ready(Exchange& e, const Writer& body, const char* content_type);
  void refuse(Exchange& e, const Refusal& refusal);

  Refusal enqueue(Exchange& e, JsonValue json, Now now);
  void leave_queue(const Exchange& e);
  void number_queue();
  void stop(Exchange& e);

  bool waits_for_client() const;
  uint64_t storage_wait_us() const;
  size_t room(const Exchange& e) const;
  void begin_next(Now now);
  void publish_prompt(Exchange& e, Now now);
  void note_progress(Exchange& e, Now now);
  void hand_over(Exchange& e);
  void begin_answer(Exchange& e);
  void finish(Exchange& e);
  void fail(Exchange& e, const Refusal& refusal);
  void tell_rest(Exchange& e);
  void release(Exchange& e);
  uint64_t next_chance();

  Engine& engine_;
  Options options_;
  Settings settings_;
  Counters counters_{};
  std::span<Exchange> exchanges_;
  std::span<JsonToken> tokens_;
  std::span<Exchange*> queue_;  // the first ones, in the order of their coming
  size_t queued_ = 0;
  Exchange* current_ = nullptr;  // has the engine
  Generation generation_;
  std::string_view rest_{};  // what the engine gave and the exchange has no room for yet
  bool starting_ = false;    // the prompt is still to be read
  bool more_ = false;        // what Generation::run() returned
  uint64_t started_us_ = 0;
  uint64_t started_unix_ = 0;
  uint64_t phase_us_ = 0;  // when the prompt, or the text, of the current exchange was begun
  uint64_t stats_us_ = 0;
  uint64_t step_us_ = 0;     // when prepare() was called last
  uint64_t storage_us_ = 0;  // storage_wait_us() when the current exchange was begun
  uint64_t chance_ = 0;
};

}  // namespace thimble::service
