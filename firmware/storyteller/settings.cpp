#include "firmware/storyteller/settings.h"

#include "firmware/storyteller/numbers.h"
#include "ports/line.h"

namespace thimble::storyteller {

struct Settings::Setting {
  std::string_view command;
  const char* values;   // "a number from 0 to 10"
  const char* example;  // "0.8"
  const char* meaning;
  // False: no such value.
  bool (*store)(Settings& settings, std::string_view value);
  port::Line (*show)(const Settings& settings);
};

namespace {

using port::Line;
using port::print_line;

bool store(std::optional<float> value, float most, float* where) {
  if (!value || *value > most) return false;
  *where = *value;
  return true;
}

bool store(std::optional<uint64_t> value, uint32_t most, uint32_t* where) {
  if (!value || *value > most) return false;
  *where = static_cast<uint32_t>(*value);
  return true;
}

}  // namespace

constexpr Settings::Setting Settings::kSettings[] = {
    {"/temp", "a number from 0 to 10", "0.8", "temperature; 0 always takes the likeliest token",
     [](Settings& s, std::string_view value) { return store(parse_decimal(value), 10, &s.sampler_.temperature); },
     [](const Settings& s) { return Line(thousandths(s.sampler_.temperature)); }},
    {"/topp", "a number above 0, up to 1", "0.95", "of the likeliest tokens, those that make up this share; 1 is all",
     [](Settings& s, std::string_view value) {
       return parse_decimal(value) != 0.0f && store(parse_decimal(value), 1, &s.sampler_.top_p);
     },
     [](const Settings& s) { return Line(thousandths(s.sampler_.top_p)); }},
    {"/topk", "a whole number from 0 to 256", "40", "so many of the likeliest tokens; 0 is all",
     [](Settings& s, std::string_view value) { return store(parse_whole(value), kMaxCandidates, &s.sampler_.top_k); },
     [](const Settings& s) { return Line(s.sampler_.top_k); }},
    {"/minp", "a number from 0 to 0.99", "0.05", "no token less likely than this share of the best; 0 is all",
     [](Settings& s, std::string_view value) { return store(parse_decimal(value), 0.99f, &s.sampler_.min_p); },
     [](const Settings& s) { return Line(thousandths(s.sampler_.min_p)); }},
    {"/len", "a whole number up to 1000000", "100", "tokens of a story at most; 0 goes on to its end",
     [](Settings& s, std::string_view value) { return store(parse_whole(value), 1'000'000, &s.length_); },
     [](const Settings& s) { return Line(s.length_); }},
    {"/seed", "a whole number below 2^64, or off", "42", "the same seed and prompt tell the same story; off draws one",
     [](Settings& s, std::string_view value) {
       const auto seed = parse_whole(value);
       if (!seed && value != "off") return false;
       s.seed_ = seed;
       return true;
     },
     [](const Settings& s) { return s.seed_ ? Line(*s.seed_) : Line("off"); }},
    {"/hash", "on or off", "on", "a hash of each story's logits, to compare with thimble run --hash",
     [](Settings& s, std::string_view value) {
       s.hash_ = value == "on";
       return value == "on" || value == "off";
     },
     [](const Settings& s) { return Line(s.hash_ ? "on" : "off"); }},
};

bool Settings::handle(std::string_view command, std::string_view value) {
  for (const Setting& setting : kSettings) {
    if (setting.command != command) continue;
    if (value.empty() || setting.store(*this, value)) {
      print_line(command.substr(1), " is ", setting.show(*this).text());
    } else {
      print_line(command, " takes ", setting.values, ", such as ", command, " ", setting.example);
    }
    return true;
  }
  return false;
}

void Settings::show() const {
  for (const Setting& setting : kSettings) print_line(setting.command.substr(1), ": ", setting.show(*this).text());
}

void Settings::show_help() {
  for (const Setting& setting : kSettings) print_line(setting.command, " ", setting.example, "  ", setting.meaning);
}

GeneratorParams Settings::params(uint64_t seed) const {
  GeneratorParams params;
  params.sampler = sampler_;
  params.sampler.seed = seed;
  params.max_tokens = length_;
  params.hash_logits = hash_;
  return params;
}

uint64_t Settings::next_seed() { return seed_ ? *seed_ : draw_seed(); }

// The moment is the chance in it: somebody pressed a key.
uint64_t Settings::draw_seed() {
  drawn_ = (drawn_ + port::ticks()) * 0x9e3779b97f4a7c15u;
  return (drawn_ >> 32) % 1'000'000;
}

}  // namespace thimble::storyteller
