#include "firmware/storyteller/card_advice.h"

#include <string_view>

namespace thimble::storyteller {

const char* card_advice(const Status& status) {
  const bool of_card = std::string_view(status.subject()) == "card";
  switch (status.code()) {
    case Code::kNotReady:
      return of_card
                 ? "no card slot was chosen: idf.py menuconfig: Thimble > Card slot (a desktop: THIMBLE_CARD names a "
                   "folder)"
                 : "there is no .thm file on the card: thimble convert MODEL model.thm, and copy it there";
    case Code::kReadFailed:
      return of_card ? "no card answers: push it in until it holds; else the pins, and a lower clock: idf.py "
                       "menuconfig: Thimble > Card slot"
                     : "the card does not answer; put it back, or copy the file to it again";
    case Code::kUnsupported:
      return "format the card as FAT32 (of 64 GB and more they come as exFAT), and copy the model to it again";
    case Code::kLimit:
      return "the file lies in too many pieces: format the card, and copy the model to it first";
    case Code::kOutOfMemory:
      return of_card ? "idf.py menuconfig: Thimble > Internal memory left to the rest of the program, raise it"
                     : nullptr;
    case Code::kBadMagic:
      return "that is no model; make one with: thimble convert MODEL model.thm";
    case Code::kTruncated:
    case Code::kCorrupt:
    case Code::kMalformed:
      return "the copy is not whole: copy the model to the card again, and eject the card before pulling it";
    case Code::kVersionNewer:
      return "the model is newer than this program: build this from a newer version, too";
    default:
      return nullptr;
  }
}

}  // namespace thimble::storyteller
