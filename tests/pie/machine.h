// A core of an ESP32-S3 as far as kernels in assembly see it: registers, memory, and the cycles that the documents give
// an instruction (pipeline.h). It is written from documents alone: the Technical Reference Manual, chapter 1, for the
// vector instructions (PIE), the Xtensa Instruction Set Architecture reference manual for the others.
//
// It refuses what a processor would let pass: an unknown instruction, an operand out of its range, a register that was
// never written, memory that nobody gave, an address whose lower bits the hardware would drop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "tests/pie/assembly.h"
#include "tests/pie/pipeline.h"

namespace thimble::s3 {

using Vector = std::array<uint8_t, 16>;  // lane 0 first

class Machine;
using Operands = std::vector<int32_t>;  // numbers of registers, immediates, statements that labels name

// What an instruction is. `operands` and `implied` are written as the tables of the manual have them, stage by stage:
//   a<1      address register, read in stage 1          q>2   vector register, ready behind stage 2
//   a<1>1    both                                       f     float register, likewise
//   i:-16:32:8   an immediate: least, most and unit     c, u  what branches compare with, with a sign and without
//   l        a label         d  the label of a literal  s     a symbol of another file
// and implied registers by name: ACCX<2>2.
struct Instruction {
  std::string name;
  std::string operands;
  std::string implied;
  std::function<void(Machine&, const Operands&)> execute;
  Unit unit = Unit::kNone;
  size_t bytes = 3;  // at most: an assembler may find a shorter form
};

// All that the machine knows, by name.
const std::map<std::string, Instruction>& instruction_set();
// The parts of it.
std::vector<Instruction> core_instructions();
std::vector<Instruction> float_instructions();
std::vector<Instruction> vector_instructions();
std::vector<Instruction> accumulator_instructions();

// A source, ready to run.
class Program {
 public:
  explicit Program(const std::string& text);
  static Program from_file(const std::string& path);

  struct Step {
    const Instruction* instruction;
    Operands operands;
    Issue issue;
    size_t line;
  };
  const Step& step(size_t i) const { return steps_.at(i); }
  size_t size() const { return steps_.size(); }
  size_t label(const std::string& name) const;
  bool has_label(const std::string& name) const { return labels_.count(name) != 0; }
  uint32_t literal(size_t i) const { return literals_.at(i); }

 private:
  Step compile(const Statement& statement, const Source& source);

  std::vector<Step> steps_;
  std::map<std::string, size_t> labels_;
  std::vector<uint32_t> literals_;
};

// Memory of the host.
struct Area {
  const void* data;
  size_t bytes;
  bool writable;
};

class Machine {
 public:
  // What an instruction that drops lower bits of an address does when there are some: kRefuse, but for instructions
  // that are there for such addresses, or what the hardware does.
  enum class Misaligned { kRefuse, kDrop };

  explicit Machine(const Program& program, Misaligned misaligned = Misaligned::kRefuse)
      : program_(program), misaligned_(misaligned) {}

  // Memory that the next call may use, and its address, which keeps its lower 6 bits.
  uint32_t give(const void* data, size_t bytes) { return give_area({data, bytes, false}); }
  uint32_t give(void* data, size_t bytes) { return give_area({data, bytes, true}); }

  // Runs a function of the windowed ABI up to its return: six arguments in registers, the others on the stack. Returns
  // a2. Forgets the memory that was given.
  uint32_t call(const std::string& function, std::initializer_list<uint32_t> arguments);
  uint64_t cycles() const { return cycles_; }              // of the last call, from its `entry` on
  uint64_t instructions() const { return instructions_; }  // likewise

  // --- for instructions ---

  uint32_t& a(int32_t i) { return a_.at(static_cast<size_t>(i)); }
  Vector& q(int32_t i) { return q_.at(static_cast<size_t>(i)); }
  float& f(int32_t i) { return f_.at(static_cast<size_t>(i)); }

  int64_t accx = 0;                // 40 bits
  std::array<uint8_t, 40> qacc{};  // QACC_L, then QACC_H
  int64_t mac16 = 0;               // ACCHI and ACCLO, 40 bits
  uint32_t sar = 0;
  uint32_t sar_byte = 0;

  // `bytes` at an address whose lower bits must be zero; `shifted`: the instruction is for addresses that have some.
  template <class T>
  T load(uint32_t address, bool shifted = false) {
    T value;
    read(forced(address, sizeof(T), shifted), &value, sizeof(T));
    return value;
  }
  template <class T>
  void store(uint32_t address, const T& value) {
    write(forced(address, sizeof(T), false), &value, sizeof(T));
  }
  // Plain loads and stores of the core.
  uint32_t load_word(uint32_t address, size_t bytes);
  void store_word(uint32_t address, uint32_t value, size_t bytes);

  void jump(int32_t statement) { next_ = static_cast<size_t>(statement), jumped_ = true; }
  void begin_loop(uint32_t turns, int32_t end);
  void leave() { left_ = true, jumped_ = true; }
  uint32_t literal(int32_t i) const { return program_.literal(static_cast<size_t>(i)); }

 private:
  struct Mapping {
    uint32_t address;
    Area area;
  };

  void reset(std::initializer_list<uint32_t> arguments);
  void step();
  uint32_t give_area(const Area& area);
  uint32_t forced(uint32_t address, size_t bytes, bool shifted) const;
  const Mapping& find(uint32_t address, size_t bytes, bool write) const;
  void read(uint32_t address, void* to, size_t bytes) const;
  void write(uint32_t address, const void* from, size_t bytes);
  void check_written(const Issue& issue) const;

  const Program& program_;
  const Misaligned misaligned_;
  std::vector<Mapping> mappings_;

  std::array<uint32_t, 16> a_{};
  std::array<Vector, 8> q_{};
  std::array<float, 16> f_{};
  std::array<bool, kRegisters> written_{};
  std::vector<std::byte> stack_;

  size_t at_ = 0, next_ = 0;
  bool jumped_ = false, left_ = false;
  size_t loop_begin_ = 0, loop_end_ = 0;
  uint32_t turns_left_ = 0;

  Pipeline pipeline_;
  uint64_t cycles_ = 0, instructions_ = 0;
};

}  // namespace thimble::s3
