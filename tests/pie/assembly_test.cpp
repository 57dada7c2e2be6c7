#include "tests/pie/assembly.h"

#include <gtest/gtest.h>

namespace thimble::s3 {
namespace {

// What `run` complains about; nothing, if it does not.
template <class Run>
std::string error_of(Run run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Statements as one text.
std::string parsed(const std::string& text) {
  std::string result;
  for (const Statement& statement : parse(text).statements) {
    result += statement.mnemonic;
    for (const std::string& operand : statement.operands) result += "|" + operand;
    result += ";";
  }
  return result;
}

TEST(Assembly, ReadsStatementsLabelsAndComments) {
  const Source source = parse(R"(
    .text
    .global f            # ignored
f:  ADD   a2, a3, a4     // mnemonics in either case
    /* a comment
       over two lines */
.Lx: .Ly: nop; retw.n
)");
  ASSERT_EQ(source.statements.size(), 3u);
  EXPECT_EQ(source.statements[0].mnemonic, "add");
  EXPECT_EQ(source.statements[0].operands, (std::vector<std::string>{"a2", "a3", "a4"}));
  EXPECT_EQ(source.statements[0].line, 4u);
  EXPECT_EQ(source.statements[2].mnemonic, "retw.n");
  EXPECT_EQ(source.statements[2].line, 7u);
  EXPECT_EQ(source.labels.at("f"), 0u);
  EXPECT_EQ(source.labels.at(".Lx"), 1u);
  EXPECT_EQ(source.labels.at(".Ly"), 1u);
}

TEST(Assembly, ExpandsMacros) {
  EXPECT_EQ(parsed(R"(
    .macro  inner what, by
    addi    \what, \what, \by * 2
    .endm
    .macro  outer name, what
    \name   \what, 3
    .endm
    outer   inner, a5
)"),
            "addi|a5|a5|3 * 2;");
}

TEST(Assembly, NumbersTheUsesOfMacros) {
  const Source source = parse(R"(
    .macro  twice
.Lagain\@:
    bnez    a2, .Lagain\@
    .endm
    twice
    twice
)");
  EXPECT_EQ(source.labels.size(), 2u);
  EXPECT_NE(source.statements[0].operands[1], source.statements[1].operands[1]);
}

TEST(Assembly, Repeats) { EXPECT_EQ(parsed(".rept 2 + 1\n nop\n .rept 2\n retw\n .endr\n.endr\n").size(), 3 * 14u); }

TEST(Assembly, Evaluates) {
  EXPECT_EQ(evaluate("-3 * (2 + 0x10) - 7 / 2"), -57);
  EXPECT_EQ(evaluate("1 << 4 >> 2"), 4);
  EXPECT_EQ(evaluate("0b101"), 5);
  EXPECT_EQ(evaluate("~0"), -1);
}

TEST(Assembly, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(error_of([] { parse("nop\n .quad 3\n"); }), "line 2: unknown directive .quad");
  EXPECT_EQ(error_of([] { parse("f: nop\nf: nop\n"); }), "line 2: twice a label: f");
  EXPECT_EQ(error_of([] { parse(".macro m a\n nop\n"); }), "line 1: .macro without .endm");
  EXPECT_EQ(error_of([] { parse(".macro m a\n movi a2, \\b\n.endm\n m 1\n"); }), "line 2: no parameter b");
  EXPECT_EQ(error_of([] { parse(".macro m a\n.endm\n m 1, 2\n"); }), "line 3: wrong number of arguments of a macro");
  EXPECT_EQ(error_of([] { evaluate("2 +"); }), "not a number: 2 +");
  EXPECT_EQ(error_of([] { evaluate("somewhere"); }), "not a number: somewhere");
  EXPECT_EQ(error_of([] { evaluate("(1"); }), "no closing bracket: (1");
  EXPECT_EQ(error_of([] { evaluate("1 / 0"); }), "division by zero: 1 / 0");
}

}  // namespace
}  // namespace thimble::s3
