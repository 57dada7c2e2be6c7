#include "apps/cli/option_kinds.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

CLI::Validator real(double low, double high) {
  return {[low, high](std::string& text) {
            const std::optional<double> value = real_number(text);
            if (value && *value >= low && *value <= high) return std::string();
            return format("%s is not a number from %.10g to %.10g", text.c_str(), low, high);
          },
          ""};
}

// The number goes on in digits however it was typed.
CLI::Validator whole(int64_t low, int64_t high) {
  return {[low, high](std::string& text) {
            const std::optional<int64_t> value = whole_amount(text);
            if (!value || *value < low || *value > high) {
              return text + " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high);
            }
            text = std::to_string(*value);
            return std::string();
          },
          ""};
}

// The same for a piece of memory.
CLI::Validator bytes() {
  return {[](std::string& text) {
            const std::optional<int64_t> value = whole_amount(text);
            if (!value || *value < 1) return text + " is not a number of bytes, such as 150000, 150k or 64Ki";
            text = std::to_string(*value);
            return std::string();
          },
          ""};
}

// --help shows the words behind the option, and completions offer them.
CLI::Validator one_of(const std::vector<std::string>& words) {
  return {[words](std::string& text) {
            if (std::ranges::find(words, text) != words.end()) return std::string();
            return text + " is none of " + CLI::detail::join(words, ", ");
          },
          "{" + CLI::detail::join(words, ",") + "}"};
}

}  // namespace

void add_flag(CLI::App& app, const char* names, bool* value, const char* help) { app.add_flag(names, *value, help); }

void add_off_flag(CLI::App& app, const char* names, bool* value, const char* help) {
  app.add_flag_callback(
      names, [value] { *value = false; }, help);
}

void add_text(CLI::App& app, const char* names, std::string* value, const char* type, const char* help,
              const char* group) {
  app.add_option(names, *value, help)->type_name(type)->group(group);
}

void add_text(CLI::App& app, const char* names, std::optional<std::string>* value, const char* type, const char* help) {
  app.add_option_function<std::string>(
         names, [value](const std::string& text) { *value = text; }, help)
      ->type_name(type);
}

void add_texts(CLI::App& app, const char* names, std::vector<std::string>* values, const char* type, const char* help,
               const char* group) {
  app.add_option(names, *values, help)->type_name(type)->allow_extra_args(false)->take_all()->group(group);
}

void add_words(CLI::App& app, const char* name, std::vector<std::string>* values, const char* help) {
  app.add_option(name, *values, help)->type_name(" ");
}

void add_choice(CLI::App& app, const char* names, std::string* value, const std::vector<std::string>& words,
                const char* type, const char* help) {
  app.add_option(names, *value, help)->check(one_of(words))->type_name(type);
}

template <class Value>
void add_real(CLI::App& app, const char* names, Value* value, double low, double high, const char* help,
              const char* group) {
  app.add_option(names, *value, help)->check(real(low, high))->type_name("X")->group(group);
}
template void add_real(CLI::App&, const char*, float*, double, double, const char*, const char*);
template void add_real(CLI::App&, const char*, std::optional<float>*, double, double, const char*, const char*);

template <class Value>
void add_whole(CLI::App& app, const char* names, Value* value, int64_t low, int64_t high, const char* type,
               const char* help, const char* group) {
  app.add_option(names, *value, help)->transform(whole(low, high))->type_name(type)->group(group);
}
template void add_whole(CLI::App&, const char*, int*, int64_t, int64_t, const char*, const char*, const char*);
template void add_whole(CLI::App&, const char*, int64_t*, int64_t, int64_t, const char*, const char*, const char*);
template void add_whole(CLI::App&, const char*, uint32_t*, int64_t, int64_t, const char*, const char*, const char*);
template void add_whole(CLI::App&, const char*, uint64_t*, int64_t, int64_t, const char*, const char*, const char*);
template void add_whole(CLI::App&, const char*, std::optional<int>*, int64_t, int64_t, const char*, const char*,
                        const char*);

void add_bytes(CLI::App& app, const char* names, std::vector<size_t>* values, const char* help) {
  app.add_option(names, *values, help)
      ->transform(bytes())
      ->type_name("BYTES")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace thimble::cli
