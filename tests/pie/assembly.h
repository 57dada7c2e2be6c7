// The sources of kernels in assembly, as far as GNU as would read them: labels, instructions, .macro, .rept, and sums
// and products of numbers. What it does not know is an error.
#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace thimble::s3 {

// Whatever a source, an instruction or an access does that it may not.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Statement {
  std::string mnemonic;  // lower case
  std::vector<std::string> operands;
  size_t line = 0;  // of the source; of the macro's use where it came from one
};

struct Source {
  std::vector<Statement> statements;
  std::map<std::string, size_t> labels;      // index of the statement behind each
  std::map<std::string, uint32_t> literals;  // by label, for l32r
};

// Throws Error, with the line.
Source parse(const std::string& text);

// Numbers in decimal, 0x and 0b, with + - * / << >> and brackets. Throws Error.
long evaluate(const std::string& expression);

}  // namespace thimble::s3
