// After init the engine must not touch the heap. Every allocation of this program passes here and is counted while
// the trap is armed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace {

bool armed = false;
size_t allocations = 0;

void* counted(size_t bytes, size_t alignment) {
  if (armed) ++allocations;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* p = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (p == nullptr) std::abort();
  return p;
}

}  // namespace

// Where a sanitizer brings an allocator of its own, interposing malloc would fight it; the operators still count.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
extern "C" void* __libc_malloc(size_t);
extern "C" void* __libc_calloc(size_t, size_t);
extern "C" void* __libc_realloc(void*, size_t);
extern "C" void* malloc(size_t n) {
  if (armed) ++allocations;
  return __libc_malloc(n);
}
extern "C" void* calloc(size_t n, size_t m) {
  if (armed) ++allocations;
  return __libc_calloc(n, m);
}
extern "C" void* realloc(void* p, size_t n) {
  if (armed) ++allocations;
  return __libc_realloc(p, n);
}
#endif

void* operator new(size_t n) { return counted(n, alignof(std::max_align_t)); }
void* operator new[](size_t n) { return counted(n, alignof(std::max_align_t)); }
void* operator new(size_t n, std::align_val_t a) { return counted(n, static_cast<size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }

namespace thimble {
namespace {

TEST(NoHeap, TheTrapSeesAnAllocation) {
  armed = true;
  allocations = 0;
  delete new volatile int(1);
  void* volatile p = std::malloc(8);
  armed = false;
  std::free(p);
  EXPECT_GE(allocations, 1u);
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

}  // namespace
}  // namespace thimble
