#include "apps/cli/version.h"

#include "kernels/kernels.h"
#include "thimble/version.h"

namespace thimble::cli {

std::string version_text() {
  const std::string commit = THIMBLE_COMMIT;
  return std::string("thimble ") + THIMBLE_VERSION + " (" + (commit.empty() ? "" : "commit " + commit + ", ") +
         active_kernels().name + " kernels)";
}

}  // namespace thimble::cli
