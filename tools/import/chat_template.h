// Chat templates of models made elsewhere are programs in Jinja. None is run: the common ones are told by what stands
// in them, and become a pattern of one turn.
#pragma once

#include <string_view>

#include "tools/import/importers.h"

namespace thimble::tools {

// Gives the model the pattern with {prompt} that a template comes to, and the token that ends an answer, by which its
// texts end from then on. Into `notes` goes which template it is, or that it is none of those that are known.
void recognise_chat_template(std::string_view jinja, ImportedModel* model, Notes* notes);

}  // namespace thimble::tools
