// A figure to report: the shipped opening, several times, as one line of JSON on the console.
#pragma once

#include "firmware/storyteller/listener.h"
#include "firmware/storyteller/session.h"
#include "firmware/storyteller/story.h"
#include "ports/board.h"

namespace thimble::storyteller {

// The prompt that a model file gives as an example, its `index`th; at its end they begin again.
std::string_view opening(const Model& model, uint64_t index);

void run_bench(Session& session, Story& story, const port::BoardFacts& facts);

}  // namespace thimble::storyteller
