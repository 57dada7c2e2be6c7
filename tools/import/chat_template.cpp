#include "tools/import/chat_template.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace thimble::tools {
namespace {

// What a user says and where the model's answer begins, without a system prompt.
struct Known {
  const char* name;
  const char* pattern;
  const char* end;                                // of an answer
  std::initializer_list<std::string_view> marks;  // stand in every template of the kind
};

const Known kKnown[] = {
    {"ChatML",
     "<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n",
     "<|im_end|>",
     {"<|im_start|>", "<|im_end|>"}},
    {"Llama 3",
     "<|start_header_id|>user<|end_header_id|>\n\n{prompt}<|eot_id|>"
     "<|start_header_id|>assistant<|end_header_id|>\n\n",
     "<|eot_id|>",
     {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}},
    {"Zephyr", "<|user|>\n{prompt}</s>\n<|assistant|>\n", "</s>", {"<|user|>", "<|assistant|>"}},
    {"Llama 2", "[INST] {prompt} [/INST]", "</s>", {"[INST]", "[/INST]"}},
};

// Some tokenizers count white space beside a control piece as part of it.
std::string without_stripped_spaces(std::string pattern, const std::vector<StrippingPiece>& pieces) {
  constexpr std::string_view kSpaces = " \n";  // that patterns have
  for (const StrippingPiece& piece : pieces) {
    for (size_t at = pattern.find(piece.text); at != std::string::npos; at = pattern.find(piece.text, at + 1)) {
      const size_t end = at + piece.text.size();
      if (piece.right) pattern.erase(end, std::min(pattern.find_first_not_of(kSpaces, end), pattern.size()) - end);
      if (!piece.left || at == 0) continue;
      const size_t text_end = pattern.find_last_not_of(kSpaces, at - 1) + 1;  // 0 where there is none
      pattern.erase(text_end, at - text_end);
      at = text_end;
    }
  }
  return pattern;
}

}  // namespace

void recognise_chat_template(std::string_view jinja, ImportedModel* model, Notes* notes) {
  for (const Known& known : kKnown) {
    const bool fits = std::ranges::all_of(
        known.marks, [&](std::string_view mark) { return jinja.find(mark) != std::string_view::npos; });
    if (!fits) continue;
    notes->push_back(std::string("chat template: ") + known.name);
    model->chat_template = without_stripped_spaces(known.pattern, model->vocabulary.stripping);
    const auto& pieces = model->vocabulary.pieces;
    const auto end = std::ranges::find(pieces, known.end, &VocabularyPiece::text);
    if (end != pieces.end()) model->vocabulary.eos = static_cast<uint32_t>(end - pieces.begin());
    return;
  }
  notes->push_back(
      "the chat template is none of ChatML, Llama 2, Llama 3 and Zephyr, and is left out; state one by "
      "--chat-template of thimble convert");
}

}  // namespace thimble::tools
