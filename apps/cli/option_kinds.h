// The kinds of options there are. Each function declares one on a command: its names as CLI11 takes them
// ("-c,--ctx-size"; a bare word is a positional), where the value goes, what --help calls the value, and what it is
// for. A value that does not pass is refused when the command line is read. CLI11 takes seconds to compile, so it is
// seen by option_kinds.cpp, command_line.cpp and reference/reference.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace thimble::cli {

inline constexpr const char* kUsualGroup = "Options";  // the heading in --help

void add_flag(CLI::App& app, const char* names, bool* value, const char* help);
// Turns off what is on by default.
void add_off_flag(CLI::App& app, const char* names, bool* value, const char* help);

void add_text(CLI::App& app, const char* names, std::string* value, const char* type, const char* help,
              const char* group = kUsualGroup);
// An empty text is not the same as none.
void add_text(CLI::App& app, const char* names, std::optional<std::string>* value, const char* type, const char* help);
// Repeatable, with one text each time.
void add_texts(CLI::App& app, const char* names, std::vector<std::string>* values, const char* type, const char* help,
               const char* group = kUsualGroup);
// All words that belong to no option.
void add_words(CLI::App& app, const char* name, std::vector<std::string>* values, const char* help);
// One of a few words.
void add_choice(CLI::App& app, const char* names, std::string* value, const std::vector<std::string>& words,
                const char* type, const char* help);

// A number from low to high. Value: float, or an optional one.
template <class Value>
void add_real(CLI::App& app, const char* names, Value* value, double low, double high, const char* help,
              const char* group = kUsualGroup);
// A whole number from low to high, in digits or as a size is said (whole_amount). Value: int, int64_t, uint32_t,
// uint64_t, or an optional int.
template <class Value>
void add_whole(CLI::App& app, const char* names, Value* value, int64_t low, int64_t high, const char* type,
               const char* help, const char* group = kUsualGroup);
// Sizes of pieces of memory; repeatable.
void add_bytes(CLI::App& app, const char* names, std::vector<size_t>* values, const char* help);

}  // namespace thimble::cli
