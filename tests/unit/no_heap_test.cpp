// After init the engine must not touch the heap. Every allocation of this program passes here and is counted while
// the trap is armed.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"

namespace {

bool armed = false;
size_t allocations = 0;

void note_allocation() {
  if (armed) ++allocations;
}

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
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

TEST(NoHeap, TheTrapSeesAnAllocation) {
  armed = true;
  allocations = 0;
  int* volatile one = new int(1);
  int* volatile many = new int[100];
  void* volatile raw = std::malloc(8);
  armed = false;
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

}  // namespace
}  // namespace thimble
