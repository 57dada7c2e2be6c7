// The page at /, which the build puts into the program.
#pragma once

#include <span>

#include "service/terms.h"

namespace thimble::server {

std::span<const service::Asset> page();

}  // namespace thimble::server
