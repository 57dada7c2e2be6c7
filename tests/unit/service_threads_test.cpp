// What a server with threads does: the engine's steps on one, everything else on another, under one lock that the work
// itself is done without. ThreadSanitizer watches.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/model_fixture.h"
#include "tests/support/service_client.h"

namespace thimble {
namespace {

using service::Exchange;

TEST(ServiceThreads, TheEngineWorksBesideTheRest) {
  const tools::ImageBytes image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  testing::TestService s(image.span(), {.exchanges = 8, .queue = 4});
  std::mutex mutex;
  std::atomic<bool> ends = false;
  std::thread worker([&] {
    while (!ends) {
      std::unique_lock lock(mutex);
      if (!s->has_work()) {
        lock.unlock();
        std::this_thread::yield();
        continue;
      }
      s->prepare(s.now);
      lock.unlock();
      s->compute();
      lock.lock();
      s->publish(s.now);
    }
  });

  // Long prompts, so that they are read while clients come, look and leave.
  const std::string prompt(180, 'a');
  const std::string want = R"({"prompt":")" + prompt + R"(","max_tokens":20,"seed":1,"stream":true})";
  std::string first;
  for (int round = 0; round < 20; ++round) {
    std::vector<Exchange*> all;
    std::vector<std::string> answers(3);
    for (int i = 0; i < 3; ++i) {
      const std::lock_guard lock(mutex);
      all.push_back(s.post("/v1/completions", want));
    }
    if (round % 2 == 0) {
      const std::lock_guard lock(mutex);
      s->close(*all.back());
      all.pop_back();
    }
    for (size_t told = 0; told < all.size();) {
      told = 0;
      for (size_t i = 0; i < all.size(); ++i) {
        const std::lock_guard lock(mutex);
        answers[i] += s.take(*all[i]);
        told += s->is_over(*all[i]) ? 1u : 0u;
      }
      std::this_thread::yield();
    }
    for (Exchange* e : all) {
      const std::lock_guard lock(mutex);
      s->close(*e);
    }
    // Names and times differ; the words may not.
    for (size_t i = 0; i < all.size(); ++i) {
      std::string words;
      for (size_t at = 0; (at = answers[i].find("\"text\":\"", at)) != std::string::npos;) {
        at += 8;
        const size_t end = answers[i].find("\",\"logprobs\"", at);
        words += answers[i].substr(at, end - at);
      }
      if (first.empty()) first = words;
      EXPECT_EQ(words, first);
    }
  }
  ends = true;
  worker.join();
  EXPECT_FALSE(first.empty());
}

}  // namespace
}  // namespace thimble
