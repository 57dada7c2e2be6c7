#include "tools/convert/image_bytes.h"

#include <cstring>
#include <new>

#include "format/layout.h"

namespace thimble::tools {

constexpr std::align_val_t kImageAlign{format::kSectionAlign};

ImageBytes::ImageBytes(size_t size) : data_(static_cast<std::byte*>(::operator new[](size, kImageAlign))), size_(size) {
  std::memset(data_.get(), 0, size);
}

void ImageBytes::Free::operator()(std::byte* p) const { ::operator delete[](p, kImageAlign); }

}  // namespace thimble::tools
