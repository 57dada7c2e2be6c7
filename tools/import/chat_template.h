// Chat templates of models made elsewhere are programs in Jinja. None is run: the common ones are told by what stands
// in them, and become a pattern of one turn.
#pragma once

#include <string>
#include <string_view>

#include "tools/import/importers.h"

namespace thimble::tools {

// The pattern with {prompt} for ConvertOptions::chat_template; empty, and a note, where the template is none of those
// that are known.
std::string recognise_chat_template(std::string_view jinja, Notes* notes);

}  // namespace thimble::tools
