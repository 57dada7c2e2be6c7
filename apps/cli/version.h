// What --version says.
#pragma once

#include <string>

namespace thimble::cli {

// "thimble 0.1.0 (commit 1a2b3c4d5e6f, generic kernels)"; without a commit where the sources are no git checkout.
std::string version_text();

}  // namespace thimble::cli
