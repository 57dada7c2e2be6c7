// One core, and the caller is its worker.

#include "ports/port.h"

namespace thimble::port {

uint32_t core_count() { return 1; }

Workers::Workers(uint32_t) : pool_(nullptr) {}
Workers::~Workers() = default;

Parallel Workers::parallel() const { return {}; }

}  // namespace thimble::port
