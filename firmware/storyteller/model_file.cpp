#include "firmware/storyteller/model_file.h"

#include <algorithm>

#include "firmware/storyteller/numbers.h"
#include "ports/line.h"

namespace thimble::storyteller {
namespace {

constexpr size_t kReadBytes = 64 * 1024;  // between two yields: a fifteenth of a second from a card over SPI

}  // namespace

Status ModelFile::open(const char* path) {
  close();
  patience_ = {};
  figures_ = {};
  waited_ticks_ = 0;
  reader_.context = this;
  reader_.read = [](void* self, uint64_t offset, std::span<std::byte> out) {
    return static_cast<ModelFile*>(self)->read(offset, out);
  };
  reader_.begin = [](void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out) {
    auto& file = *static_cast<ModelFile*>(self);
    return file.begin(&file.pieces_[slot], offset, out);
  };
  reader_.wait = [](void* self, uint32_t slot) {
    auto& file = *static_cast<ModelFile*>(self);
    return file.wait(&file.pieces_[slot]);
  };
  return port::open_storage(path, &storage_);
}

// An engine that stopped in the middle may have left reads under way.
void ModelFile::close() {
  for (Piece& piece : pieces_) (void)port::wait_read(&piece.under_way);
  port::close_storage(&storage_);
}

Status ModelFile::read(uint64_t offset, std::span<std::byte> out) {
  if (offset > bytes() || out.size() > bytes() - offset) {
    return Status::error(Code::kTruncated, "file").got(bytes(), offset + out.size());
  }
  while (!out.empty()) {
    Piece piece;
    const auto part = out.first(std::min(out.size(), kReadBytes));
    THIMBLE_RETURN_IF_ERROR(begin(&piece, offset, part));
    THIMBLE_RETURN_IF_ERROR(wait(&piece));
    port::yield();
    offset += part.size();
    out = out.subspan(part.size());
  }
  return {};
}

Status ModelFile::begin(Piece* piece, uint64_t offset, std::span<std::byte> out) {
  piece->offset = offset;
  piece->out = out;
  return port::begin_read(&storage_, offset, out, &piece->under_way);
}

Status ModelFile::wait(Piece* piece) {
  Status status = wait_once(piece);
  for (uint32_t tries = 1; status.code() == Code::kReadFailed; ++tries) {
    if (patience_.try_again == nullptr || !patience_.try_again(patience_.context, tries)) {
      patience_ = {};  // an engine tries again by itself, and is not to wait once more
      return status;
    }
    ++figures_.failures;
    THIMBLE_RETURN_IF_ERROR(begin(piece, piece->offset, piece->out));
    status = wait_once(piece);
  }
  return status;
}

Status ModelFile::wait_once(Piece* piece) {
  const uint64_t from = port::ticks();
  const Status status = port::wait_read(&piece->under_way);
  const uint64_t waited = port::ticks() - from;
  figures_.waited_ticks += waited;
  if (waited > port::ticks_per_second() / 10) ++figures_.stalls;
  figures_.reads += 1;
  figures_.bytes += status.ok() ? piece->out.size() : 0;
  return status;
}

void log_reading(const ReadFigures& figures, uint64_t ticks) {
  const auto seconds = [](uint64_t t) { return decimal(hundredths_of_second(t), 2); };
  const uint64_t computed = ticks - std::min(ticks, figures.waited_ticks);
  port::log_line("card: ", figures.bytes, " bytes in ", figures.reads, " reads, waited for ",
                 seconds(figures.waited_ticks), " of ", seconds(ticks), " s (overlap ",
                 100 * computed / std::max<uint64_t>(ticks, 1), " %); ", figures.stalls, " stalls, ", figures.failures,
                 " read again");
}

}  // namespace thimble::storyteller
