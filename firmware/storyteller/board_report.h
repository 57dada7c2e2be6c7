// What the board is, at boot, and what about it could be set better.
#pragma once

#include "ports/board.h"

namespace thimble::storyteller {

// Chip, flash, PSRAM, cache, SDK, memory of the platform: lines of the log.
void report_board(const port::BoardFacts& facts);

// Settings that cost speed or memory, each with the very words to look for; implemented in board_warnings.cpp.
void warn_of_settings(const port::BoardFacts& facts);

// What to set when the model found too little memory, where this chip can have more. Says nothing otherwise.
void advise_psram(const port::BoardFacts& facts);

}  // namespace thimble::storyteller
