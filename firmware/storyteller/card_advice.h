// What helps against what a card, or a file on it, can have.
#pragma once

#include "thimble/status.h"

namespace thimble::storyteller {

// A line with the remedy; null: none is known. `status` is of port::find_files(), port::open_storage(), a read or
// opening a model.
const char* card_advice(const Status& status);

}  // namespace thimble::storyteller
