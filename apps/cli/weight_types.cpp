#include "apps/cli/weight_types.h"

#include "apps/cli/errors.h"
#include "apps/cli/text.h"

namespace thimble::cli {

tools::WeightType parse_weight_type(const std::string& text, Notes* notes) {
  using enum tools::WeightType;
  std::string name = lower_case(text);
  const bool foreign = name == "q8_0" || name == "q4_0";
  if (foreign) name.resize(2);
  for (const tools::WeightType type : {kQ8, kQ4, kMixed, kF16, kF32}) {
    if (name != tools::weight_type_name(type)) continue;
    if (foreign) notes->push_back("--type " + text + ": writes " + name + ", which is Thimble's own layout");
    return type;
  }
  throw UsageError("--type " + text + ": no such type; there are q8, q4, mixed, f16 and f32");
}

}  // namespace thimble::cli
