// The ABOU section: facts about a model, on their way into the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace thimble::tools {

class AboutSection {
 public:
  // Each throws Error for a key that docs/FORMAT.md does not allow, or that was added before. Empty text is a fact
  // that is not known: it is left out.
  void add(const std::string& key, const std::string& text);
  void add(const std::string& key, float value);
  void add(const std::string& key, uint64_t value);

  std::vector<std::byte> bytes() const;

 private:
  using Value = std::variant<std::string, float, uint64_t>;
  void insert(const std::string& key, Value value);

  std::map<std::string, Value> entries_;  // in the order of the file: bytewise by key
};

}  // namespace thimble::tools
