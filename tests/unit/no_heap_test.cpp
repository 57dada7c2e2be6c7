// After init the engine must not touch the heap. Every allocation of this program passes here and is counted while
// the trap is armed.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/streamed_engine.h"

namespace {

// Workers allocate, if they do, in threads of their own.
std::atomic<bool> armed = false;
std::atomic<size_t> allocations = 0;

void note_allocation() {
  if (armed) ++allocations;
}

}  // namespace

// gcc defines a macro for its sanitizers, clang has a question instead.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define THIMBLE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define THIMBLE_SANITIZED
#endif
#endif

#ifdef THIMBLE_SANITIZED
// A sanitizer has an allocator of its own, and tells of each call (sanitizer/allocator_interface.h).
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, size_t),
                                                         void (*on_free)(const volatile void*));
namespace {
const int hooks = __sanitizer_install_malloc_and_free_hooks([](const volatile void*, size_t) { note_allocation(); },
                                                            [](const volatile void*) {});
}
#else
// Every allocation ends in one of these; operator new calls malloc or aligned_alloc.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t n) {
  note_allocation();
  return __libc_malloc(n);
}
void* calloc(size_t n, size_t m) {
  note_allocation();
  return __libc_calloc(n, m);
}
void* realloc(void* p, size_t n) {
  note_allocation();
  return __libc_realloc(p, n);
}
void* aligned_alloc(size_t alignment, size_t n) {
  note_allocation();
  return __libc_memalign(alignment, n);
}
}
#endif

namespace thimble {
namespace {

// Counts the allocations of all threads while it lives.
class Trap {
 public:
  Trap() {
    allocations = 0;
    armed = true;
  }
  ~Trap() { armed = false; }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;
};

TEST(NoHeap, TheTrapSeesAnAllocation) {
  int* volatile one = nullptr;
  int* volatile many = nullptr;
  void* volatile raw = nullptr;
  {
    const Trap trap;
    one = new int(1);
    many = new int[100];
    raw = std::malloc(8);
  }
  delete one;
  delete[] many;
  std::free(raw);
  EXPECT_EQ(allocations, 3u);
}

TEST(NoHeap, PlanningGeneratingAndFailingAllocateNothing) {
  const auto image = testing::to_thm(testing::make_fixture(testing::small_spec()));
  testing::TestEngine run(image.span(), {.max_batch = 8});
  GeneratorParams params;
  params.sampler.seed = 7;
  params.max_tokens = 200;
  params.ignore_eos = true;
  const std::string_view stops[] = {"never to be seen"};
  params.stop_strings = stops;
  std::array<char, 200> message;

  armed = true;
  allocations = 0;
  Model model;
  const Status opened = model.open(image.span());
  const Plan plan = make_plan(model, {}, MemoryLayout::unlimited());
  const Status verified = model.verify();
  Generator generator(run.engine(), params);
  const Status started = generator.start("Once upon a time");
  size_t steps = 0;
  while (generator.next()) ++steps;
  const uint32_t bad_token = kNoToken;
  const Status failed = run.engine().forward({&bad_token, 1}, LogitsOf::kNone, nullptr);
  format_status(failed, message);
  armed = false;

  EXPECT_EQ(allocations, 0u);
  EXPECT_TRUE(opened.ok() && plan.status.ok() && verified.ok() && started.ok());
  EXPECT_FALSE(failed.ok());
  EXPECT_GT(steps, 0u);
}

struct Profile {
  tools::WeightType weights;
  KvType kv;
};

class NoHeapProfiles : public ::testing::TestWithParam<Profile> {
 protected:
  NoHeapProfiles() : image_(testing::to_thm(testing::make_fixture(testing::small_spec()), GetParam().weights)) {}
  PlanOptions options(uint32_t workers) const {
    PlanOptions o;
    o.max_batch = 8;
    o.max_workers = workers;
    o.kv_type = GetParam().kv;
    return o;
  }
  tools::ImageBytes image_;
};

std::vector<Profile> all_profiles() {
  std::vector<Profile> all;
  for (const auto weights : {tools::WeightType::kF32, tools::WeightType::kF16, tools::WeightType::kQ8,
                             tools::WeightType::kQ4, tools::WeightType::kMixed}) {
    for (const KvType kv : {KvType::kF32, KvType::kI8}) all.push_back({weights, kv});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Profiles, NoHeapProfiles, ::testing::ValuesIn(all_profiles()), [](const auto& profile) {
  return std::string(tools::weight_type_name(profile.param.weights)) + "_kv_" + kv_type_name(profile.param.kv);
});

// init() too: only the memory that the plan asked for is the caller's to allocate.
TEST_P(NoHeapProfiles, OpeningPlanningAndGeneratingAllocateNothing) {
  GeneratorParams params;
  params.max_tokens = 40;
  params.ignore_eos = true;
  params.hash_logits = true;
  Model model;
  tools::ImageBytes memory;
  Plan plan;
  bool ok = false;
  size_t planning = 0;
  {
    const Trap trap;
    ok = model.open(image_.span()).ok() && model.verify().ok();
    plan = make_plan(model, options(1), MemoryLayout::unlimited());
    planning = allocations;
  }
  memory = tools::ImageBytes(plan.total_bytes());
  size_t steps = 0;
  {
    const Trap trap;
    Engine engine;
    ok = ok && engine.init(model, plan, Memory(memory.span())).ok();
    Generator generator(engine, params);
    ok = ok && generator.start("Once upon a time").ok();
    while (generator.next()) ++steps;
    ok = ok && generator.status().ok();
  }
  EXPECT_EQ(planning, 0u);
  EXPECT_EQ(allocations, 0u);
  EXPECT_TRUE(ok);
  EXPECT_GE(steps, 40u);
}

// Neither do weights that are streamed.
TEST_P(NoHeapProfiles, StreamingAllocatesNothing) {
  const auto image = testing::to_thm(testing::make_fixture(testing::medium_spec()), GetParam().weights);
  PlanOptions wanted = options(1);
  wanted.stream_bytes = kStreamGrain;
  testing::StreamedEngine streamed(image.span(), wanted);
  GeneratorParams params;
  params.max_tokens = 20;
  params.ignore_eos = true;
  size_t steps = 0;
  {
    const Trap trap;
    Generator generator(streamed.engine(), params);
    EXPECT_TRUE(generator.start("Once upon a time").ok());
    while (generator.next()) ++steps;
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_GE(steps, 20u);
  EXPECT_GE(streamed.engine().stream_counts().sweeps, 20u);
}

TEST_P(NoHeapProfiles, TheSelfTestAllocatesNothing) {
  testing::TestEngine run(image_.span(), options(1));
  Status status;
  uint64_t hash = 0;
  uint64_t expected = 0;
  bool stated = false;
  {
    const Trap trap;
    status = run_selftest(run.engine(), &hash);
    stated = expected_selftest_hash(run.model(), GetParam().kv, &expected);
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_TRUE(status.ok() && stated);
  EXPECT_EQ(hash, expected);
}

// Threads may allocate as they begin. Each part waits for the others, so each is a thread's own.
void wait_for_threads(const Parallel& parallel) {
  struct Meeting {
    uint32_t expected;
    std::atomic<uint32_t> come = 0;
  } meeting{parallel.workers};
  const Parallel::Task task = [](void* argument, uint32_t) {
    auto& all = *static_cast<Meeting*>(argument);
    ++all.come;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (all.come < all.expected && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  };
  parallel.run(parallel.context, task, &meeting);
}

// A pool allocates where it is made; its calls do not, in no thread.
TEST_P(NoHeapProfiles, WorkerThreadsAllocateNothing) {
  const port::Workers pool(3);
  testing::TestEngine run(image_.span(), options(3));
  ASSERT_TRUE(run.engine().set_parallel(testing::sharing_all(pool.parallel())).ok());
  uint64_t first = 0;
  uint64_t second = 0;
  wait_for_threads(pool.parallel());
  ASSERT_TRUE(run_selftest(run.engine(), &first).ok());
  Status status;
  {
    const Trap trap;
    status = run.engine().set_parallel(testing::sharing_all(pool.parallel()));
    if (status.ok()) status = run_selftest(run.engine(), &second);
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(first, second);
}

TEST(NoHeap, TheTrapSeesAnAllocationOfAWorkerThread) {
  const port::Workers pool(2);
  const Parallel parallel = pool.parallel();
  int* made[2] = {};
  const Parallel::Task task = [](void* argument, uint32_t worker) {
    static_cast<int**>(argument)[worker] = new int(1);
  };
  wait_for_threads(parallel);
  parallel.run(parallel.context, task, made);  // the thread's first, which its allocator may prepare
  for (int* p : made) delete p;
  {
    const Trap trap;
    parallel.run(parallel.context, task, made);
  }
  EXPECT_EQ(allocations, 2u);
  for (int* p : made) delete p;
}

}  // namespace
}  // namespace thimble
