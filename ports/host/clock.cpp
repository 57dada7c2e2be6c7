#include <chrono>

#include "ports/port.h"

namespace thimble::port {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

uint64_t ticks() { return static_cast<uint64_t>(Clock::now().time_since_epoch().count()); }

uint64_t ticks_per_second() { return uint64_t{Clock::period::den} / Clock::period::num; }

}  // namespace thimble::port
