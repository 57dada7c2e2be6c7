#include "firmware/emu/options.h"

#include <string_view>

#include "base/math.h"

namespace thimble::emu {
namespace {

// Decimal, or hexadecimal behind 0x. False for anything else, and above 64 bits.
bool parse(std::string_view text, uint64_t* out) {
  uint64_t base = 10;
  if (text.size() > 2 && text[0] == '0' && text[1] == 'x') {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty() || text.size() > 19) return false;
  uint64_t value = 0;
  for (const char c : text) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(base == 16 && c >= 'a' && c <= 'f')) return false;
    value = value * base + static_cast<uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  *out = value;
  return true;
}

// "0.95": the nearest float, since digits and power of ten are exact below 2^24 and the quotient rounds once.
bool parse(std::string_view text, float* out) {
  uint32_t digits = 0;
  uint32_t scale = 1;
  bool fraction = false;
  if (text.empty() || text.size() > 8) return false;
  for (const char c : text) {
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return false;
    digits = digits * 10 + static_cast<uint32_t>(c - '0');
    if (fraction) scale *= 10;
    if (digits >= 1u << 24) return false;
  }
  *out = divide_f32(static_cast<float>(digits), static_cast<float>(scale));
  return true;
}

template <class Number>
bool parse_as(std::string_view text, Number* out) {
  uint64_t value = 0;
  if (!parse(text, &value) || value > static_cast<uint64_t>(static_cast<Number>(-1))) return false;
  *out = static_cast<Number>(value);
  return true;
}

bool parse_kv(std::string_view text, KvType* out) {
  for (const KvType type : {KvType::kF32, KvType::kI8, KvType::kI4}) {
    if (text != kv_type_name(type)) continue;
    *out = type;
    return true;
  }
  return false;
}

bool* switch_of(std::string_view flag, Options* o) {
  if (flag == "--ids") return &o->ids;
  if (flag == "--hash") return &o->hash;
  if (flag == "--selftest") return &o->selftest;
  if (flag == "--count") return &o->count;
  if (flag == "--profile") return &o->profile;
  if (flag == "--ignore-eos") return &o->ignore_eos;
  return nullptr;
}

bool take_switch(std::string_view flag, Options* o) {
  if (flag == "--resident") {
    o->plan.weights = WeightHome::kFast;
    return true;
  }
  bool* const chosen = switch_of(flag, o);
  if (chosen != nullptr) *chosen = true;
  return chosen != nullptr;
}

// False: no such flag, or not a value for it.
bool take_value(std::string_view flag, const char* value, Options* o) {
  if (flag == "-f") return (o->prompt_file = value) != nullptr;
  if (flag == "-n") return parse_as(value, &o->max_tokens);
  if (flag == "-c") return parse_as(value, &o->plan.context);
  if (flag == "-b") return parse_as(value, &o->plan.max_batch);
  if (flag == "-s") return parse_as(value, &o->sampler.seed);
  if (flag == "--temp") return parse(value, &o->sampler.temperature);
  if (flag == "--top-k") return parse_as(value, &o->sampler.top_k);
  if (flag == "--top-p") return parse(value, &o->sampler.top_p);
  if (flag == "--min-p") return parse(value, &o->sampler.min_p);
  if (flag == "--kv") return parse_kv(value, &o->plan.kv_type);
  if (flag == "--ram") return parse_as(value, &o->ram);
  if (flag == "--at") return parse_as(value, &o->at);
  if (flag == "--bytes") return parse_as(value, &o->bytes);
  if (flag == "--fail-read-after") return parse_as(value, &o->read_most);
  return false;
}

}  // namespace

Status parse_options(std::span<const char* const> arguments, Options* out) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view flag = arguments[i];
    if (flag.empty() || flag[0] != '-') {
      if (out->model != nullptr) return Status::error(Code::kInvalidArgument, "two models; argument").at(i);
      out->model = arguments[i];
    } else if (!take_switch(flag, out)) {
      if (i + 1 == arguments.size() || !take_value(flag, arguments[i + 1], out)) {
        return Status::error(Code::kInvalidArgument, "argument").at(i);
      }
      ++i;
    }
  }
  if ((out->model == nullptr) == (out->at == 0)) {
    return Status::error(Code::kInvalidArgument, "a model: a file or --at, and not both");
  }
  return {};
}

}  // namespace thimble::emu
