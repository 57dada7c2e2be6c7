#include "tests/pie/machine.h"

#include <algorithm>
#include <cstring>

namespace thimble::s3 {
namespace {

constexpr uint32_t kMemory = 0x3fc88000;  // where internal SRAM begins
constexpr uint32_t kGap = 256;            // between areas: what runs over the end of one meets none
constexpr uint32_t kKeptBits = 63;
constexpr size_t kStackBytes = 8192;
constexpr size_t kRegisterArguments = 6;
constexpr uint32_t kStackArguments = 32;  // bytes
constexpr size_t kLoopBytes = 256;        // what the offset of a loop instruction reaches
constexpr uint64_t kMostInstructions = 500'000'000;
constexpr uint8_t kNoise = 0xa5;  // in registers that nothing was written to

std::string register_name(size_t reg) {
  if (reg >= kSpecialRegisters) return kSpecialNames[reg - kSpecialRegisters];
  if (reg >= kFloatRegisters) return "f" + std::to_string(reg - kFloatRegisters);
  if (reg >= kVectorRegisters) return "q" + std::to_string(reg - kVectorRegisters);
  return "a" + std::to_string(reg);
}

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

}  // namespace

uint32_t Machine::give_area(const Area& area) {
  uint32_t address = kMemory;
  if (!mappings_.empty()) {
    const Mapping& last = mappings_.back();
    address = last.address + static_cast<uint32_t>(last.area.bytes) + kGap;
  }
  const auto kept = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(area.data) & kKeptBits);
  mappings_.push_back({(address | kKeptBits) + 1 + kept, area});
  return mappings_.back().address;
}

const Machine::Mapping& Machine::find(uint32_t address, size_t bytes, bool write) const {
  for (const Mapping& m : mappings_) {
    if (address < m.address || address - m.address + bytes > m.area.bytes) continue;
    if (write && !m.area.writable) throw Error("writes to memory that is only read, at " + hex(address));
    return m;
  }
  throw Error(std::string(write ? "writes " : "reads ") + std::to_string(bytes) + " bytes outside of all memory at " +
              hex(address));
}

void Machine::read(uint32_t address, void* to, size_t bytes) const {
  const Mapping& m = find(address, bytes, false);
  std::memcpy(to, static_cast<const std::byte*>(m.area.data) + (address - m.address), bytes);
}

void Machine::write(uint32_t address, const void* from, size_t bytes) {
  const Mapping& m = find(address, bytes, true);
  std::memcpy(static_cast<std::byte*>(const_cast<void*>(m.area.data)) + (address - m.address), from, bytes);
}

uint32_t Machine::forced(uint32_t address, size_t bytes, bool shifted) const {
  const auto dropped = static_cast<uint32_t>(bytes - 1);
  if ((address & dropped) != 0 && !shifted && misaligned_ == Misaligned::kRefuse) {
    throw Error("the hardware drops bits of address " + hex(address) + " of " + std::to_string(bytes) + " bytes");
  }
  return address & ~dropped;
}

uint32_t Machine::load_word(uint32_t address, size_t bytes) {
  if (address % bytes != 0) throw Error("misaligned: " + hex(address));
  uint32_t value = 0;
  read(address, &value, bytes);
  return value;
}

void Machine::store_word(uint32_t address, uint32_t value, size_t bytes) {
  if (address % bytes != 0) throw Error("misaligned: " + hex(address));
  write(address, &value, bytes);
}

void Machine::begin_loop(uint32_t turns, int32_t end) {
  if (turns_left_ != 0) throw Error("a loop inside of a loop");
  if (turns == 0) throw Error("a loop of no turns, which the hardware runs 2^32 times");
  loop_begin_ = at_ + 1;
  loop_end_ = static_cast<size_t>(end);
  if (loop_end_ <= loop_begin_) throw Error("a loop that ends where it begins");
  size_t bytes = 0;
  for (size_t i = loop_begin_; i < loop_end_; ++i) bytes += program_.step(i).instruction->bytes;
  if (bytes > kLoopBytes) throw Error("a loop of " + std::to_string(bytes) + " bytes");
  turns_left_ = turns - 1;
}

void Machine::check_written(const Issue& issue) const {
  for (const Use& read : issue.reads) {
    if (!written_[read.reg]) throw Error("reads " + register_name(read.reg) + ", which was never written");
  }
}

void Machine::reset(std::initializer_list<uint32_t> arguments) {
  a_.fill(kNoise * 0x01010101u);
  for (Vector& vector : q_) vector.fill(kNoise);
  std::memset(f_.data(), kNoise, sizeof f_);
  qacc.fill(kNoise);
  written_.fill(false);
  stack_.assign(kStackBytes, std::byte{kNoise});
  a_[1] = give(stack_.data(), stack_.size()) + kStackBytes;
  a_[1] -= a_[1] % 16;
  const size_t in_registers = std::min(arguments.size(), kRegisterArguments);
  std::copy_n(arguments.begin(), in_registers, a_.begin() + 2);
  for (size_t i = 0; i < 2 + in_registers; ++i) written_[kAddressRegisters + i] = true;
  if (arguments.size() > in_registers) a_[1] -= kStackArguments;
  for (size_t i = in_registers; i < arguments.size(); ++i) {
    store_word(a_[1] + static_cast<uint32_t>(4 * (i - in_registers)), arguments.begin()[i], 4);
  }
  pipeline_ = {};
  instructions_ = 0;
  turns_left_ = 0;
  left_ = false;
}

void Machine::step() {
  const Program::Step& step = program_.step(at_);
  check_written(step.issue);
  next_ = at_ + 1;
  jumped_ = false;
  step.instruction->execute(*this, step.operands);
  for (const Use& write : step.issue.writes) written_[write.reg] = true;
  pipeline_.issue(step.issue);
  if (jumped_) pipeline_.take_branch();
  if (!jumped_ && turns_left_ != 0 && next_ == loop_end_) {
    --turns_left_;
    next_ = loop_begin_;
  }
  at_ = next_;
}

uint32_t Machine::call(const std::string& function, std::initializer_list<uint32_t> arguments) {
  reset(arguments);
  at_ = program_.label(function);
  while (!left_) {
    if (at_ >= program_.size()) throw Error(function + " runs over the end of the source");
    const size_t line = program_.step(at_).line;
    try {
      step();
    } catch (const Error& error) {
      throw Error(function + ", line " + std::to_string(line) + ": " + error.what());
    }
    if (++instructions_ > kMostInstructions) throw Error(function + " does not return");
  }
  cycles_ = pipeline_.cycles();
  mappings_.clear();
  return a_[2];
}

}  // namespace thimble::s3
