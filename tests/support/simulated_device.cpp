#include "tests/support/simulated_device.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "thimble/memory.h"

namespace thimble::testing {
namespace {

constexpr size_t kSector = 512;

Status read_failed(size_t found, size_t expected) {
  return Status::error(Code::kReadFailed, "card").got(found, expected);
}

}  // namespace

const SimulatedDevice::Failing* SimulatedDevice::failing(size_t number) const {
  auto after = faults_.upper_bound(number);
  if (after == faults_.begin()) return nullptr;
  const Failing& found = std::prev(after)->second;
  return number < found.last ? &found : nullptr;
}

// When the device will have read as many bytes more.
double SimulatedDevice::serve(size_t bytes) {
  free_at_ =
      std::max(free_at_, now_) + timing_.seconds_per_read + static_cast<double>(bytes) / timing_.bytes_per_second;
  return free_at_;
}

// What there is to do before the piece at `next` is asked for.
void SimulatedDevice::compute(uint64_t next) {
  if (timing_.multiplied_from > 0) {
    if (next < timing_.multiplied_from) return;  // a row of the embedding
    const uint64_t again = next < computed_ ? file_.size() - timing_.multiplied_from : 0;
    to_compute_ = static_cast<size_t>(again + next - computed_);
    computed_ = next;
  }
  now_ += static_cast<double>(to_compute_) * timing_.compute_seconds_per_byte;
  to_compute_ = 0;
}

Status SimulatedDevice::deliver(size_t number, uint64_t offset, std::span<std::byte> out) {
  if (offset > file_.size() || out.size() > file_.size() - offset) {
    throw std::logic_error("a read beyond the end of the file");
  }
  const Failing* failing = this->failing(number);
  std::memset(out.data(), 0xa5, out.size());
  const auto fails = [failing](Fault fault) { return failing != nullptr && failing->fault == fault; };
  if (fails(Fault::kStall)) now_ += timing_.deadline_seconds;
  if (fails(Fault::kGone) || fails(Fault::kStall) || fails(Fault::kBegin)) return read_failed(0, out.size());
  const size_t came = fails(Fault::kShort) ? out.size() / 2 : out.size();
  std::memcpy(out.data(), file_.data() + offset, came);
  if (came < out.size()) return read_failed(came, out.size());
  if (fails(Fault::kFlip)) out[out.size() / 2] ^= std::byte{0x10};
  if (fails(Fault::kFront)) out[0] ^= std::byte{0x10};
  bytes_ += out.size();
  return {};
}

Status SimulatedDevice::read(void* context, uint64_t offset, std::span<std::byte> out) {
  auto* device = static_cast<SimulatedDevice*>(context);
  device->compute(offset);
  const double ends = device->serve(out.size());
  device->stalled_ += ends - device->now_;
  device->now_ = ends;
  device->to_compute_ = out.size();
  device->offsets_.push_back(offset);
  return device->deliver(device->reads() - 1, offset, out);
}

Status SimulatedDevice::begin(void* context, uint32_t slot, uint64_t offset, std::span<std::byte> out) {
  auto* device = static_cast<SimulatedDevice*>(context);
  Pending& pending = device->pending_.at(slot);
  if (pending.under_way) throw std::logic_error("two reads in one slot");
  const size_t number = device->reads();
  device->offsets_.push_back(offset);
  const bool ends_file = offset + out.size() == device->file_.size();
  const bool aligned = offset % kSector == 0 && (out.size() % kSector == 0 || ends_file) &&
                       reinterpret_cast<uintptr_t>(out.data()) % kBlockAlignment == 0;
  device->unaligned_ += aligned ? 0 : 1;
  const Failing* failing = device->failing(number);
  if (failing != nullptr && failing->fault == Fault::kBegin) return read_failed(0, out.size());
  std::memset(out.data(), 0x5a, out.size());  // nobody may read it now
  pending = {true, offset, out, device->serve(out.size()), number};
  return {};
}

Status SimulatedDevice::wait(void* context, uint32_t slot) {
  auto* device = static_cast<SimulatedDevice*>(context);
  Pending& pending = device->pending_.at(slot);
  if (!pending.under_way) throw std::logic_error("no read in this slot");
  pending.under_way = false;
  device->compute(pending.offset);
  device->stalled_ += std::max(0.0, pending.ends - device->now_);
  device->now_ = std::max(device->now_, pending.ends);
  device->to_compute_ = pending.out.size();
  return device->deliver(pending.number, pending.offset, pending.out);
}

}  // namespace thimble::testing
