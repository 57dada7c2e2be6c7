// The set-up page, which the build puts into the program, gzipped: the files of web/setup/.
#pragma once

#include <span>

#include "service/terms.h"

namespace thimble::network {

std::span<const service::Asset> setup_page();

}  // namespace thimble::network
