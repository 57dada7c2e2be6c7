// A program without a network.

#include "firmware/storyteller/web.h"

namespace thimble::storyteller {

Web::Web(const port::BoardFacts&, Upkeep&) {}
void Web::take_memory(EngineMemory*) {}
void Web::attach(Session&) {}
void Web::detach() {}
bool Web::step() { return false; }
std::unique_lock<std::mutex> Web::lock() { return {}; }
void Web::wake() {}
bool Web::is_telling() { return false; }
void Web::report() {}

}  // namespace thimble::storyteller
