#include "firmware/storyteller/upkeep.h"

#include <array>
#include <optional>

#include "firmware/access/held_button.h"
#include "firmware/access/password.h"
#include "firmware/access/permission.h"
#include "firmware/server/password.h"
#include "firmware/storyteller/model_list.h"
#include "firmware/storyteller/web.h"
#include "firmware/update/answers.h"
#include "firmware/update/model_routes.h"
#include "firmware/update/program_route.h"
#include "firmware/update/selected_model.h"
#include "firmware/update/trial.h"
#include "ports/line.h"
#include "ports/program.h"

namespace thimble::storyteller {
namespace {

using port::log_line;
using port::print_line;
using update::now_us;

// The password, as the server asks for it.
class Key final : public web::Password {
 public:
  explicit Key(access::Password& password) : password_(password) {}
  bool is_set() const override { return password_.is_set(); }
  bool matches(std::string_view given) const override {
    return password_.check(given, now_us()) == access::Password::Verdict::kAdmitted;
  }

 private:
  access::Password& password_;
};

// One board has one of each. What requests touch is used under the server's lock.
struct Parts {
  access::Password password;
  access::Permission permission{password};
  Key key{password};
  update::ModelRoutes models{permission, port::card_folder()};
  update::ProgramRoute program{permission};
  std::array<web::Route*, 2> routes = {&models, &program};
  update::SelectedModel selected;
  update::Trial trial;
  access::HeldButton button{now_us()};
  bool list_is_old = true;
};
std::optional<Parts> parts;

constexpr uint64_t kFarewellMicroseconds = 500'000;  // for the last packets of an answer

void restart() {
  log_line("starting anew");
  for (const uint64_t from = now_us(); now_us() - from < kFarewellMicroseconds;) port::yield();
  port::restart();
}

void forget_all() {
  const Status status = port::forget_all_settings();
  if (!status.ok()) return log_line("the settings could not be forgotten: ", status);
  log_line("all settings are forgotten: password, network, the chosen model");
  restart();
}

void follow(update::Trial::Verdict verdict) {
  if (verdict == update::Trial::Verdict::kKeep) {
    const Status status = port::keep_program();
    if (!status.ok()) return log_line("the new program could not be kept: ", status);
    return log_line("the new program has proved itself, and stays");
  }
  if (verdict != update::Trial::Verdict::kReturn) return;
  log_line("the new program does not do what it should; the one before starts");
  port::return_to_program_before();
  log_line("error: there is no program before this one");
}

}  // namespace

Upkeep::Upkeep() {
  parts.emplace();
  const Status status = parts->password.load();
  if (!status.ok()) log_line("the password cannot be read, so nobody has it; /password sets another one: ", status);
  parts->selected.load();
  const port::ProgramFacts program = port::program_facts();
  parts->trial.start(program.is_on_trial, now_us());
  log_line("program: ", program.project, " ", program.version,
           program.is_on_trial ? ", on trial until its first story" : "");
  if (program.was_returned) log_line("note: the program that was tried last did not stay");
}

std::span<web::Route* const> Upkeep::routes() { return parts->routes; }

const web::Password* Upkeep::password() { return &parts->key; }

// --- models ---

ModelSource* Upkeep::chosen(ModelSources& sources) {
  const std::string_view name = parts->selected.name();
  return name.empty() ? nullptr : sources.find(name);
}

bool Upkeep::begin_load(Web& web, const ModelSource& source) {
  const auto lock = web.lock();
  return parts->models.reserve(source.name);
}

void Upkeep::loaded(Web& web, ModelSources& sources, const ModelSource* source, bool wanted) {
  if (source != nullptr && wanted) {
    const Status status = parts->selected.select(source->name);
    if (!status.ok()) log_line("the next start will not begin with it: ", status);
  }
  {
    const auto lock = web.lock();
    parts->models.release();
    parts->models.set_used(source != nullptr ? source->name : "", parts->selected.name());
  }
  parts->list_is_old = true;
  look(web, sources, source);
}

ModelSource* Upkeep::take_wish(Web& web, ModelSources& sources, const ModelSource* in_use) {
  std::string_view name;
  {
    const auto lock = web.lock();
    if (!parts->models.take_wish(&name)) return nullptr;
  }
  sources.look_at_card(in_use);
  ModelSource* const source = sources.find(name);
  if (source == nullptr) granted(web, Status::error(Code::kInvalidArgument, "no model of that name"));
  return source;
}

void Upkeep::granted(Web& web, const Status& status) {
  {
    const auto lock = web.lock();
    parts->models.grant(status);
  }
  web.wake();
}

// --- the program ---

void Upkeep::proved(bool held) { follow(parts->trial.on_self_test(held)); }
void Upkeep::told(bool whole) { follow(parts->trial.on_story(whole)); }

void Upkeep::look(Web& web, ModelSources& sources, const ModelSource* in_use) {
  if (parts->button.look(port::button_is_down(), now_us())) forget_all();
  follow(parts->trial.on_time(now_us()));
  bool wants_restart = false;
  {
    const auto lock = web.lock();
    wants_restart = parts->program.wants_restart();
    if (parts->models.take_change()) {
      sources.look_at_partitions(in_use);
      sources.look_at_card(in_use);
      parts->list_is_old = true;
    }
    if (parts->list_is_old) {
      const ModelList list(sources, in_use);
      parts->list_is_old = !parts->models.publish_list(list.text());
    }
  }
  if (wants_restart) restart();
}

// --- the console ---

namespace {

struct UpkeepCommand {
  std::string_view name;
  const char* meaning;
  void (*run)(std::string_view argument);
};

void allow(std::string_view argument) {
  if (argument == "off") {
    parts->permission.end_allowance();
    return print_line("models and programs need the password");
  }
  parts->permission.allow(now_us());
  print_line("for five minutes anybody on the network may bring models and a program; /allow off ends it");
}

void set_password(std::string_view argument) {
  if (argument.empty()) return print_line(parts->password.is_set() ? "a password is set" : "no password is set");
  const Status status = argument == "off" ? parts->password.clear() : parts->password.set(argument);
  if (status.code() == Code::kInvalidArgument) {
    return print_line("a password has ", access::Password::kLeastBytes, " to ", access::Password::kMostBytes,
                      " letters");
  }
  if (!status.ok()) return print_line("the password stays as it is: ", status);
  print_line(parts->password.is_set() ? "the password is set; the page and the API ask for it"
                                      : "no password is set any more");
}

void factory(std::string_view argument) {
  if (argument != "yes") return print_line("/factory yes forgets the password, the network and the chosen model");
  forget_all();
}

constexpr UpkeepCommand kCommands[] = {
    {"/allow", "lets models and a program come over the network, for five minutes", allow},
    {"/password", "sets the password of page and API; /password off: none", set_password},
    {"/factory", "forgets all settings; models and program stay", factory},
};

}  // namespace

bool Upkeep::handle(Web& web, std::string_view name, std::string_view argument) {
  for (const UpkeepCommand& command : kCommands) {
    if (command.name != name) continue;
    const auto lock = web.lock();
    command.run(argument);
    return true;
  }
  return false;
}

void Upkeep::show_help() {
  for (const UpkeepCommand& command : kCommands) print_line(command.name, "  ", command.meaning);
}

}  // namespace thimble::storyteller
