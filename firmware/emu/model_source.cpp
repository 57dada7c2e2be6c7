#include "firmware/emu/model_source.h"

#include <cstdint>

#include "ports/semihost/semihost.h"

namespace thimble::emu {
namespace {

// A device that goes away after `most` bytes; SIZE_MAX: one that stays.
class FailingReader {
 public:
  FailingReader(semihost::File& file, size_t most) : file_(file), left_(most) {}

  size_t read(std::span<std::byte> out) {
    const size_t wanted = out.size() < left_ ? out.size() : left_;
    const size_t n = file_.read(out.first(wanted));
    left_ -= n;
    return n;
  }

 private:
  semihost::File& file_;
  size_t left_;
};

// `subject`: a string literal, as Status wants it.
Result<std::span<const std::byte>> read_file(const char* path, size_t most, FreeMemory* memory, const char* subject) {
  constexpr size_t kPiece = 65536;
  semihost::File file;
  if (!file.open(path)) return Status::error(Code::kReadFailed, subject);
  const int64_t length = file.length();
  if (length < 0 || length > INT32_MAX) return Status::error(Code::kReadFailed, subject);
  const auto bytes = static_cast<size_t>(length);
  const std::span<std::byte> image = memory->take(bytes);
  if (image.size() < bytes) return Status::error(Code::kOutOfMemory, subject).got(image.size(), bytes);
  FailingReader reader(file, most);
  for (size_t done = 0; done < bytes;) {
    const size_t wanted = bytes - done < kPiece ? bytes - done : kPiece;
    const size_t n = reader.read(image.subspan(done, wanted));
    done += n;
    if (n < wanted) return Status::error(Code::kReadFailed, subject).got(done, bytes);
  }
  file.close();
  return std::span<const std::byte>(image);
}

}  // namespace

FreeMemory::FreeMemory() : left_(semihost::free_memory()) {}

std::span<std::byte> FreeMemory::take(size_t bytes) {
  const size_t n = bytes < left_.size() ? bytes : left_.size();
  const size_t rounded = (n + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  const std::span<std::byte> taken = left_.first(n);
  left_ = left_.subspan(rounded < left_.size() ? rounded : left_.size());
  return taken;
}

Result<std::span<const std::byte>> find_model(const Options& options, FreeMemory* memory) {
  if (options.at == 0) return read_file(options.model, options.read_most, memory, "model file");
  return std::span(reinterpret_cast<const std::byte*>(options.at), options.bytes);
}

Result<std::string_view> read_prompt(const char* path, FreeMemory* memory) {
  if (path == nullptr) return std::string_view();
  const auto file = read_file(path, SIZE_MAX, memory, "prompt file");
  if (!file.ok()) return file.status();
  std::string_view text(reinterpret_cast<const char*>(file->data()), file->size());
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

}  // namespace thimble::emu
