#include "apps/cli/shipped_model.h"

#include <filesystem>
#include <system_error>

#include "ports/host/process.h"

namespace thimble::cli {

namespace fs = std::filesystem;

std::string shipped_model() {
  const fs::path folder = fs::path(host::program_path()).parent_path();
  for (const fs::path& place : {folder / "story.thm", folder.parent_path() / "share/thimble/story.thm",
                                fs::path(THIMBLE_DATA_DIR) / "story.thm"}) {
    std::error_code missing;
    const fs::path model = fs::canonical(place, missing);
    if (!missing) return model.string();
  }
  return {};
}

}  // namespace thimble::cli
