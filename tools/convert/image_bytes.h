// Memory for the image of a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace thimble::tools {

// Heap memory for an image, aligned as Model::open asks.
class ImageBytes {
 public:
  ImageBytes() = default;
  explicit ImageBytes(size_t size);  // zeroed
  std::span<std::byte> span() { return {data_.get(), size_}; }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

// Throws Error when the host has not the memory.
ImageBytes heap_image(uint64_t bytes);

}  // namespace thimble::tools
