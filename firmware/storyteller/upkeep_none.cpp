// A program without a network begins with the first model it finds, and stays as it is.

#include "firmware/storyteller/upkeep.h"

namespace thimble::storyteller {

Upkeep::Upkeep() = default;
std::span<web::Route* const> Upkeep::routes() { return {}; }
const web::Password* Upkeep::password() { return nullptr; }
ModelSource* Upkeep::chosen(ModelSources&) { return nullptr; }
bool Upkeep::begin_load(Web&, const ModelSource&) { return true; }
void Upkeep::loaded(Web&, ModelSources&, const ModelSource*, bool) {}
ModelSource* Upkeep::take_wish(Web&, ModelSources&, const ModelSource*) { return nullptr; }
void Upkeep::granted(Web&, const Status&) {}
void Upkeep::proved(bool) {}
void Upkeep::told(bool) {}
void Upkeep::look(Web&, ModelSources&, const ModelSource*) {}
bool Upkeep::handle(Web&, std::string_view, std::string_view) { return false; }
void Upkeep::show_help() {}

}  // namespace thimble::storyteller
