// From statements to steps: each operand is checked against what the instruction takes.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/pie/machine.h"

namespace thimble::s3 {
namespace {

// What branches compare with.
constexpr int32_t kBranchImmediates[] = {-1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256};
constexpr int32_t kUnsignedBranchImmediates[] = {32768, 65536, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256};

// One operand of an instruction's description: a kind, and where a register is read and written.
struct Description {
  char kind = 0;
  int read = 0;   // stage; 0: not
  int write = 0;  // likewise
  long least = 0, most = 0, unit = 1;
};

Description description_of(const std::string& text) {
  Description d;
  d.kind = text[0];
  if (d.kind == 'i') {
    char colon = 0;
    std::istringstream numbers(text.substr(1));
    numbers >> colon >> d.least >> colon >> d.most >> colon >> d.unit;
    return d;
  }
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '<') d.read = text[i + 1] - '0';
    if (text[i] == '>') d.write = text[i + 1] - '0';
  }
  return d;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

int32_t register_number(const std::string& text, char kind, int32_t count) {
  if (kind == 'a' && text == "sp") return 1;
  if (text.size() < 2 || text[0] != kind) throw Error("not a register of kind " + std::string(1, kind) + ": " + text);
  const long number = evaluate(text.substr(1));
  if (number < 0 || number >= count) throw Error("no register " + text);
  return static_cast<int32_t>(number);
}

int32_t immediate(const Description& d, const std::string& text) {
  const long value = evaluate(text);
  if (value < d.least || value > d.most || value % d.unit != 0) {
    throw Error("immediate out of range: " + text + ", not a multiple of " + std::to_string(d.unit) + " from " +
                std::to_string(d.least) + " to " + std::to_string(d.most));
  }
  return static_cast<int32_t>(value);
}

template <size_t kCount>
int32_t one_of(const int32_t (&allowed)[kCount], const std::string& text) {
  const long value = evaluate(text);
  if (std::find(std::begin(allowed), std::end(allowed), value) == std::end(allowed)) {
    throw Error("immediate out of range: branches do not compare with " + text);
  }
  return static_cast<int32_t>(value);
}

void note(const Description& d, size_t reg, Issue* issue) {
  if (d.read != 0) issue->reads.push_back({reg, d.read});
  if (d.write != 0) issue->writes.push_back({reg, d.write});
}

void note_implied(const std::string& text, Issue* issue) {
  const size_t end = text.find_first_of("<>");
  const auto name = std::find(std::begin(kSpecialNames), std::end(kSpecialNames), text.substr(0, end));
  if (name == std::end(kSpecialNames)) throw Error("no special register " + text);
  note(description_of(text.substr(end - 1)), kSpecialRegisters + static_cast<size_t>(name - std::begin(kSpecialNames)),
       issue);
}

}  // namespace

const std::map<std::string, Instruction>& instruction_set() {
  static const std::map<std::string, Instruction> set = [] {
    std::map<std::string, Instruction> all;
    for (const auto& part :
         {core_instructions(), float_instructions(), vector_instructions(), accumulator_instructions()}) {
      for (const Instruction& instruction : part) {
        if (!all.emplace(instruction.name, instruction).second) throw Error("twice: " + instruction.name);
      }
    }
    return all;
  }();
  return set;
}

Program::Program(const std::string& text) {
  const Source source = parse(text);
  labels_ = source.labels;
  for (const Statement& statement : source.statements) {
    try {
      steps_.push_back(compile(statement, source));
    } catch (const Error& error) {
      throw Error("line " + std::to_string(statement.line) + ", " + statement.mnemonic + ": " + error.what());
    }
  }
}

Program Program::from_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return Program(text.str());
}

Program::Step Program::compile(const Statement& statement, const Source& source) {
  std::string name = statement.mnemonic;
  std::vector<std::string> operands = statement.operands;
  if (name.ends_with(".n")) name.resize(name.size() - 2);
  if ((name == "wsr" || name == "rsr" || name == "wur" || name == "rur") && operands.size() == 2) {
    name += "." + operands[1];  // both ways to write it are in use
    operands.pop_back();
  }
  const auto found = instruction_set().find(name);
  if (found == instruction_set().end()) throw Error("unknown instruction");
  const Instruction& instruction = found->second;
  Step step{&instruction, {}, {}, statement.line};
  step.issue.unit = instruction.unit;
  const std::vector<std::string> kinds = words(instruction.operands);
  if (kinds.size() != operands.size()) throw Error("takes " + std::to_string(kinds.size()) + " operands");
  for (size_t i = 0; i < kinds.size(); ++i) {
    const std::string& text = operands[i];
    const Description d = description_of(kinds[i]);
    int32_t value = 0;
    if (d.kind == 'a')
      note(d, kAddressRegisters + static_cast<size_t>(value = register_number(text, 'a', 16)), &step.issue);
    if (d.kind == 'q')
      note(d, kVectorRegisters + static_cast<size_t>(value = register_number(text, 'q', 8)), &step.issue);
    if (d.kind == 'f')
      note(d, kFloatRegisters + static_cast<size_t>(value = register_number(text, 'f', 16)), &step.issue);
    if (d.kind == 'i') value = immediate(d, text);
    if (d.kind == 'c') value = one_of(kBranchImmediates, text);
    if (d.kind == 'u') value = one_of(kUnsignedBranchImmediates, text);
    if (d.kind == 'l') value = static_cast<int32_t>(label(text));
    if (d.kind == 'd') {  // a literal
      const auto literal = source.literals.find(text);
      if (literal == source.literals.end()) throw Error("no literal " + text);
      value = static_cast<int32_t>(literals_.size());
      literals_.push_back(literal->second);
    }
    step.operands.push_back(value);
  }
  for (const std::string& implied : words(instruction.implied)) note_implied(implied, &step.issue);
  return step;
}

size_t Program::label(const std::string& name) const {
  const auto found = labels_.find(name);
  if (found == labels_.end()) throw Error("no label " + name);
  return found->second;
}

}  // namespace thimble::s3
