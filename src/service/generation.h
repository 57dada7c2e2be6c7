// The engine's side of the service: reads a prompt, then gives token after token. run() takes the time; it touches
// nothing but the engine and what was handed over, so that it may run beside the rest of the service, on a thread or
// task of its own. Only request_stop(), read() and total() may be called meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "service/request.h"
#include "thimble/engine.h"
#include "thimble/generator.h"

namespace thimble::service {

// The pattern of a turn, as a model states it: what stands around the user's words. Empty where there is none, or no
// valid one.
struct ChatPattern {
  std::string_view before{};
  std::string_view after{};

  static ChatPattern of(const Model& model);
  bool empty() const { return before.empty() && after.empty(); }
  size_t size() const { return before.size() + after.size(); }
};

class Generation {
 public:
  // Memory that is used while a text is told; the engine must outlive this.
  // `turn`: room for the words of a user in their pattern; none is needed where the model has no pattern.
  // `on_sweep`: called behind each sweep of a prompt; may be null.
  Generation(Engine& engine, std::span<char> stop_bytes, std::span<char> turn, void (*on_sweep)());

  // The next text to tell. Views the messages of `request` until the first run() is over. Errors: kLimit (the stop
  // strings are too long).
  Status set(const GenerateRequest& request, RequestKind kind);

  // Reads the prompt when it was not read yet, else generates one token. False when there will be no more: see
  // reason() and status().
  bool run();
  // Ends the text at the next token, or within a sweep of the prompt.
  void request_stop() { stop_.store(true, std::memory_order_relaxed); }

  // What the last run() gave: whole characters, valid until the next one.
  std::string_view text() const { return text_; }
  bool reading() const { return reading_; }  // the prompt is still to be read, or was by the last run()
  FinishReason reason() const { return generator_.finish_reason(); }
  const Status& status() const { return status_; }
  size_t prompt_tokens() const { return generator_.tokens().size() - generator_.generated_tokens(); }
  size_t generated_tokens() const { return generator_.generated_tokens(); }
  size_t context_used() const { return generator_.tokens().size(); }

  // How far the prompt was read, in tokens; total is 0 before the first sweep.
  size_t read() const { return read_.load(std::memory_order_relaxed); }
  size_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  Status read_prompt();
  Status read_turns();
  Status read_turn(std::string_view system, std::string_view words, bool first);
  static void on_prompt(void* self, size_t read, size_t total);
  void append(std::string_view text, size_t* at);

  ChatPattern pattern_;
  std::span<char> stop_bytes_;
  std::span<char> turn_;
  void (*on_sweep_)();
  std::string_view stops_[kMaxStopStrings]{};
  const GenerateRequest* request_ = nullptr;
  RequestKind kind_ = RequestKind::kCompletion;
  Generator generator_;
  Status status_;
  std::string_view text_{};
  bool reading_ = false;
  std::atomic<bool> stop_ = false;
  std::atomic<size_t> read_ = 0;
  std::atomic<size_t> total_ = 0;
};

}  // namespace thimble::service
