#include "tests/pie/assembly.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace thimble::s3 {
namespace {

struct Line {
  std::string text;
  size_t number;
};
using Lines = std::vector<Line>;

[[noreturn]] void fail(size_t line, const std::string& what) {
  throw Error("line " + std::to_string(line) + ": " + what);
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

// One statement a line, without comments.
Lines split_lines(const std::string& text) {
  std::string bare;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "/*") == 0) {
      const size_t end = text.find("*/", i);
      bare.append(static_cast<size_t>(std::count(
                      text.begin() + static_cast<ptrdiff_t>(i),
                      end == std::string::npos ? text.end() : text.begin() + static_cast<ptrdiff_t>(end), '\n')),
                  '\n');
      if (end == std::string::npos) break;
      i = end + 1;
    } else {
      bare += text[i];
    }
  }
  Lines lines;
  std::istringstream stream(bare);
  std::string line;
  for (size_t number = 1; std::getline(stream, line); ++number) {
    line = line.substr(0, std::min(line.find('#'), line.find("//")));
    std::istringstream parts(line);
    for (std::string part; std::getline(parts, part, ';');) lines.push_back({trimmed(part), number});
  }
  return lines;
}

std::string first_word(const std::string& text) { return lower(text.substr(0, text.find_first_of(" \t"))); }
std::string behind_first_word(const std::string& text) {
  const size_t space = text.find_first_of(" \t");
  return space == std::string::npos ? "" : trimmed(text.substr(space));
}

// Arguments and parameters are separated by commas; the latter by spaces as well.
std::vector<std::string> split_list(const std::string& text, bool at_spaces) {
  std::vector<std::string> items;
  std::string item;
  for (const char c : text + ",") {
    const bool space = c == ' ' || c == '\t';
    if (c != ',' && !(space && at_spaces)) {
      item += c;
    } else if (!trimmed(item).empty()) {
      items.push_back(trimmed(item));
      item.clear();
    }
  }
  return items;
}

// The body of a block that begins behind `at`, which moves to its end.
Lines take_block(const Lines& lines, size_t* at, const std::string& begin, const std::string& end) {
  Lines body;
  const size_t start = lines[*at].number;
  size_t depth = 1;
  while (++*at < lines.size()) {
    const std::string word = first_word(lines[*at].text);
    if (word == begin) ++depth;
    if (word == end && --depth == 0) return body;
    body.push_back(lines[*at]);
  }
  fail(start, begin + " without " + end);
}

// Expands macros and repetitions.
class Expander {
 public:
  Lines expand(const Lines& lines) {
    Lines out;
    for (size_t i = 0; i < lines.size(); ++i) {
      const auto& [text, number] = lines[i];
      const std::string word = first_word(text);
      if (word == ".macro") {
        std::vector<std::string> header = split_list(behind_first_word(text), true);
        if (header.empty()) fail(number, ".macro without a name");
        Macro& macro = macros_[lower(header[0])];
        macro.parameters.assign(header.begin() + 1, header.end());
        macro.body = take_block(lines, &i, ".macro", ".endm");
      } else if (word == ".rept") {
        const long count = evaluate(behind_first_word(text));
        const Lines body = take_block(lines, &i, ".rept", ".endr");
        for (long k = 0; k < count; ++k) append(&out, expand(body));
      } else if (const auto macro = macros_.find(word); macro != macros_.end()) {
        append(&out, expand(instantiated(macro->second, split_list(behind_first_word(text), false), number)));
      } else {
        out.push_back(lines[i]);
      }
    }
    return out;
  }

 private:
  struct Macro {
    std::vector<std::string> parameters;
    Lines body;
  };

  static void append(Lines* to, const Lines& from) { to->insert(to->end(), from.begin(), from.end()); }

  Lines instantiated(const Macro& macro, const std::vector<std::string>& arguments, size_t number) {
    if (arguments.size() != macro.parameters.size()) fail(number, "wrong number of arguments of a macro");
    const std::string serial = std::to_string(serial_++);
    Lines body;
    for (const Line& line : macro.body) {
      std::string text;
      for (size_t i = 0; i < line.text.size(); ++i) {
        if (line.text[i] != '\\') {
          text += line.text[i];
          continue;
        }
        if (line.text.compare(i, 3, "\\()") == 0) {
          i += 2;
          continue;
        }
        if (line.text.compare(i, 2, "\\@") == 0) {
          text += serial;
          ++i;
          continue;
        }
        size_t end = i + 1;
        while (end < line.text.size() && is_name_character(line.text[end]) && line.text[end] != '.') ++end;
        const std::string name = line.text.substr(i + 1, end - i - 1);
        const auto parameter = std::find(macro.parameters.begin(), macro.parameters.end(), name);
        if (parameter == macro.parameters.end()) fail(line.number, "no parameter " + name);
        text += arguments[static_cast<size_t>(parameter - macro.parameters.begin())];
        i = end - 1;
      }
      body.push_back({text, number});
    }
    return body;
  }

  std::map<std::string, Macro> macros_;
  size_t serial_ = 0;
};

// A recursive descent over sums of products.
class Expression {
 public:
  explicit Expression(const std::string& text) : text_(text) {}
  long value() {
    const long result = shifts();
    if (skip() != '\0') throw Error("not a number: " + text_);
    return result;
  }

 private:
  char skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  long shifts() {
    long left = sum();
    while (text_.compare(at_, 2, "<<") == 0 || text_.compare(at_, 2, ">>") == 0) {
      const bool to_left = text_[at_] == '<';
      at_ += 2;
      const long by = sum();
      left = to_left ? left * (1L << by) : left >> by;
    }
    return left;
  }
  long sum() {
    long left = product();
    for (char c = skip(); c == '+' || c == '-'; c = skip()) {
      ++at_;
      const long right = product();
      left = c == '+' ? left + right : left - right;
    }
    return left;
  }
  long product() {
    long left = factor();
    for (char c = skip(); c == '*' || c == '/'; c = skip()) {
      ++at_;
      const long right = factor();
      if (c == '/' && right == 0) throw Error("division by zero: " + text_);
      left = c == '*' ? left * right : left / right;
    }
    return left;
  }
  long factor() {
    const char c = skip();
    if (c == '-') return ++at_, -factor();
    if (c == '~') return ++at_, ~factor();
    if (c == '(') {
      ++at_;
      const long inner = shifts();
      if (skip() != ')') throw Error("no closing bracket: " + text_);
      ++at_;
      return inner;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) throw Error("not a number: " + text_);
    const bool binary = text_.compare(at_, 2, "0b") == 0;
    size_t used = 0;
    const long number = std::stol(text_.substr(at_ + (binary ? 2 : 0)), &used, binary ? 2 : 0);
    at_ += used + (binary ? 2 : 0);
    return number;
  }

  const std::string text_;
  size_t at_ = 0;
};

// Says nothing about what instructions do.
const std::set<std::string> kIgnored = {".text", ".align", ".global",  ".globl",
                                        ".type", ".size",  ".section", ".literal_position"};

}  // namespace

long evaluate(const std::string& expression) { return Expression(trimmed(expression)).value(); }

Source parse(const std::string& text) {
  Source source;
  for (auto [line, number] : Expander().expand(split_lines(text))) {
    for (size_t colon = line.find(':'); colon != std::string::npos; colon = line.find(':')) {
      const std::string label = line.substr(0, colon);
      if (!std::all_of(label.begin(), label.end(), is_name_character)) fail(number, "not a label: " + label);
      if (!source.labels.emplace(label, source.statements.size()).second) fail(number, "twice a label: " + label);
      line = trimmed(line.substr(colon + 1));
    }
    const std::string word = first_word(line);
    if (word.empty() || kIgnored.count(word) != 0) continue;
    const std::vector<std::string> operands = split_list(behind_first_word(line), false);
    if (word == ".literal" && operands.size() == 2) {
      source.literals[operands[0]] = static_cast<uint32_t>(evaluate(operands[1]));
    } else if (word[0] == '.') {
      fail(number, "unknown directive " + word);
    } else {
      source.statements.push_back({word, operands, number});
    }
  }
  return source;
}

}  // namespace thimble::s3
