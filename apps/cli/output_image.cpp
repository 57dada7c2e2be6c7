#include "apps/cli/output_image.h"

namespace thimble::cli {

tools::ImageMemory OutputImage::memory() {
  return [this](uint64_t bytes) {
    if (!in_place_) heap_ = tools::heap_image(bytes);
    bytes_ = in_place_ ? file_->map(bytes) : heap_.span();
    return bytes_;
  };
}

void OutputImage::write() {
  if (!in_place_) file_->write(bytes_);
}

}  // namespace thimble::cli
