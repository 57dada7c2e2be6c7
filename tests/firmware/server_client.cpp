#include "tests/firmware/server_client.h"

#include "ports/port.h"

namespace thimble::testing {

uint64_t FakeTime::now_us = 1'000'000;
uint64_t FakeTime::yields = 0;
uint64_t FakeTime::wakes = 0;

}  // namespace thimble::testing

namespace thimble::port {

using testing::FakeTime;

uint64_t ticks() { return FakeTime::now_us; }
uint64_t ticks_per_second() { return 1'000'000; }
void yield() { ++FakeTime::yields; }
void wake_http() { ++FakeTime::wakes; }

}  // namespace thimble::port
