// What a board on a network keeps and changes: its password, which model it begins with, models and programs that are
// brought to it. Without a network (upkeep_none.cpp) nothing of this is there.
#pragma once

#include <span>
#include <string_view>

#include "firmware/storyteller/model_sources.h"

namespace thimble::web {
class Password;
class Route;
}  // namespace thimble::web

namespace thimble::storyteller {

class Web;

class Upkeep {
 public:
  // At power-on, before all else that asks for memory: reads the settings.
  Upkeep();

  // For the server, which must come after this.
  std::span<web::Route* const> routes();
  const web::Password* password();

  // The source to begin with; null: none was chosen, or it is not there.
  ModelSource* chosen(ModelSources& sources);

  // Whether a model may be loaded now: not while it is being written. Until loaded() nobody writes to it.
  bool begin_load(Web& web, const ModelSource& source);
  // What tells now; null: nothing. `wanted`: somebody chose it, so the next start begins with it.
  void loaded(Web& web, ModelSources& sources, const ModelSource* source, bool wanted);

  // A client wants this one to tell; null: none does. Then granted() says what came of it.
  ModelSource* take_wish(Web& web, ModelSources& sources, const ModelSource* in_use);
  void granted(Web& web, const Status& status);

  // What decides whether a new program stays.
  void proved(bool held);
  void told(bool whole);

  // Now and then: restarts, trials that take too long, a button that is held, lists for clients.
  void look(Web& web, ModelSources& sources, const ModelSource* in_use);

  // Commands of the console. False: none has that name.
  bool handle(Web& web, std::string_view name, std::string_view argument);
  static void show_help();
};

}  // namespace thimble::storyteller
