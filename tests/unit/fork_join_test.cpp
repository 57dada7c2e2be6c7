// Workers that are late, that are gone, and that lose their core within a part (ports/fork_join.h): every part is done
// once, and an engine gives the bits of one worker. The names have "Threads" in them: by that the thread sanitizer's
// run finds these tests.

#include "ports/fork_join.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace thimble {
namespace {

using tools::WeightType;
using namespace std::chrono_literals;

// Looks until it holds; a test may have it stop looking.
class Waiter {
 public:
  // Before its worker begins: after so many waits it does not see what comes, until release().
  void stop_after(int waits) { waits_left_ = waits; }
  bool stopped() const { return stopped_; }
  void release() { released_ = true; }

  template <class Condition>
  void wait_until(const Condition& holds) {
    stopped_ = waits_left_-- == 0;
    while ((stopped_ && !released_) || !holds()) std::this_thread::yield();
  }
  void ring() { ++rings_; }
  int rings() const { return rings_; }

 private:
  int waits_left_ = -1;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> released_ = false;
  std::atomic<int> rings_ = 0;
};

constexpr uint32_t kParts = 3;

// How long parts take: part 0, so that others may come meanwhile, and those that workers do.
struct Delays {
  std::chrono::milliseconds first{};
  std::chrono::milliseconds of_workers{};
};

// A fork and join whose workers begin when a test says so.
class Crew {
 public:
  ~Crew() {
    calls_->end();
    for (uint32_t worker = 1; worker < kParts; ++worker) calls_->waiter(worker).release();
  }

  void begin(uint32_t worker) {
    threads_.emplace_back([calls = calls_.get(), worker] { calls->work(worker); });
  }
  Waiter& waiter(uint32_t worker) { return calls_->waiter(worker); }

  Parallel parallel() {
    const auto run = [](void* self, Parallel::Task task, void* argument) {
      static_cast<Calls*>(self)->run(task, argument, kParts);
    };
    return {run, calls_.get(), kParts};
  }

  // Which thread did which part of a call.
  std::array<std::thread::id, kParts> call(const Delays& delays = {}) {
    struct Argument {
      Delays delays;
      std::thread::id caller;
      std::array<std::thread::id, kParts> ids{};
    } argument{delays, std::this_thread::get_id()};
    const Parallel::Task task = [](void* context, uint32_t part) {
      auto& a = *static_cast<Argument*>(context);
      EXPECT_EQ(a.ids[part], std::thread::id());  // nobody did it before
      a.ids[part] = std::this_thread::get_id();
      if (part == 0) std::this_thread::sleep_for(a.delays.first);
      if (a.ids[part] != a.caller) std::this_thread::sleep_for(a.delays.of_workers);
    };
    calls_->run(task, &argument, kParts);
    return argument.ids;
  }

 private:
  using Calls = port::ForkJoin<Waiter, kParts>;
  std::unique_ptr<Calls> calls_ = std::make_unique<Calls>();
  std::vector<std::jthread> threads_;
};

std::array<std::thread::id, kParts> all_by(std::thread::id id) { return {id, id, id}; }

TEST(ForkJoinThreads, TheCallerDoesWhatNobodyTakes) {
  Crew crew;  // whose workers never come
  for (int i = 0; i < 100; ++i) EXPECT_EQ(crew.call(), all_by(std::this_thread::get_id()));
  EXPECT_EQ(crew.waiter(1).rings(), 100);
  EXPECT_EQ(crew.waiter(2).rings(), 100);
}

// Calls until a worker has had a part, as many as it takes to begin a thread.
bool helps(Crew* crew) {
  for (int i = 0; i < 10'000; ++i) {
    if (crew->call({.first = 1ms}) != all_by(std::this_thread::get_id())) return true;
  }
  return false;
}

TEST(ForkJoinThreads, ALateWorkerHelpsOnceItIsThere) {
  Crew crew;
  EXPECT_EQ(crew.call(), all_by(std::this_thread::get_id()));
  crew.begin(2);
  EXPECT_TRUE(helps(&crew));
}

TEST(ForkJoinThreads, AWorkerThatIsGoneIsNotWaitedFor) {
  Crew crew;
  crew.waiter(1).stop_after(1);
  crew.begin(1);
  ASSERT_TRUE(helps(&crew));  // once, perhaps with parts of several calls
  while (!crew.waiter(1).stopped()) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(crew.call(), all_by(std::this_thread::get_id()));
}

TEST(ForkJoinThreads, AWorkerThatStopsWithinAPartIsWaitedFor) {
  Crew crew;
  crew.begin(1);
  crew.begin(2);
  ASSERT_TRUE(helps(&crew));
  for (int i = 0; i < 20; ++i) {
    for (const std::thread::id id : crew.call({.first = 1ms, .of_workers = 5ms})) EXPECT_NE(id, std::thread::id());
  }
}

class EngineWithWorkers : public ::testing::TestWithParam<WeightType> {
 protected:
  void expect_the_bits_of_one_worker(const Parallel& parallel) {
    testing::TestEngine run(image_.span(), {.max_batch = 3, .max_workers = kParts});
    ASSERT_TRUE(run.engine().set_parallel(parallel).ok());
    EXPECT_EQ(run.hash(tokens_), testing::TestEngine(image_.span(), {.max_batch = 3}).hash(tokens_));
  }

  const tools::ImageBytes image_ = testing::to_thm(testing::make_fixture(testing::small_spec()), GetParam());
  const std::vector<uint32_t> tokens_ = testing::random_tokens(40, testing::small_spec().vocab_size, 9);
};

TEST_P(EngineWithWorkers, ThatAreLate) {
  Crew crew;
  std::jthread late([&] {
    std::this_thread::sleep_for(2ms);
    crew.begin(1);
    crew.begin(2);
  });
  expect_the_bits_of_one_worker(crew.parallel());
  late.join();
  expect_the_bits_of_one_worker(crew.parallel());
}

TEST_P(EngineWithWorkers, ThatAreGoneAfterAWhile) {
  Crew crew;
  crew.waiter(1).stop_after(20);
  crew.waiter(2).stop_after(50);
  crew.begin(1);
  crew.begin(2);
  expect_the_bits_of_one_worker(crew.parallel());
}

// Every few parts of a worker begin with a pause, as if another program had its core.
TEST_P(EngineWithWorkers, ThatArePreempted) {
  Crew crew;
  crew.begin(1);
  crew.begin(2);
  struct Preempting {
    Parallel parallel;
    std::atomic<uint32_t> parts = 0;
    Parallel::Task task = nullptr;
    void* argument = nullptr;
    static void run(void* self, Parallel::Task task, void* argument) {
      auto* p = static_cast<Preempting*>(self);
      p->task = task;
      p->argument = argument;
      p->parallel.run(p->parallel.context, part, self);
    }
    static void part(void* self, uint32_t worker) {
      auto* p = static_cast<Preempting*>(self);
      const uint32_t n = p->parts.fetch_add(1);
      if (worker != 0 && n % 16 == 0) std::this_thread::sleep_for(300us);
      p->task(p->argument, worker);
      if (worker != 0 && n % 16 == 8) std::this_thread::sleep_for(300us);
    }
  } preempting{crew.parallel()};
  expect_the_bits_of_one_worker({&Preempting::run, &preempting, kParts});
  EXPECT_GT(preempting.parts, 100u);
}

INSTANTIATE_TEST_SUITE_P(Threads, EngineWithWorkers, ::testing::Values(WeightType::kQ8, WeightType::kF32),
                         [](const auto& param) { return param.param == WeightType::kQ8 ? "q8" : "f32"; });

}  // namespace
}  // namespace thimble
