#include "tools/convert/image_bytes.h"

#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "format/layout.h"
#include "tools/error.h"

namespace thimble::tools {

constexpr std::align_val_t kImageAlign{format::kSectionAlign};

ImageBytes::ImageBytes(size_t size) : data_(static_cast<std::byte*>(::operator new[](size, kImageAlign))), size_(size) {
  std::memset(data_.get(), 0, size);
}

void ImageBytes::Free::operator()(std::byte* p) const { ::operator delete[](p, kImageAlign); }

ImageBytes heap_image(uint64_t bytes) {
  try {
    if (bytes > std::numeric_limits<size_t>::max()) throw std::bad_alloc();
    return ImageBytes(static_cast<size_t>(bytes));
  } catch (const std::bad_alloc&) {
    throw Error("the model takes " + std::to_string(bytes) + " bytes, more than there is memory for");
  }
}

}  // namespace thimble::tools
