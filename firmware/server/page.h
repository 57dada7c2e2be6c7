// The page at /, which the build puts into the program, gzipped: the very files of web/.
#pragma once

#include <span>

#include "service/terms.h"

namespace thimble::web {

std::span<const service::Asset> page();

}  // namespace thimble::web
