// thimble serve: the page and the API, on a port of this machine.

#include <string>
#include <string_view>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/session.h"
#include "apps/server/server.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble serve                                           the story model that ships, for this machine alone\n"
    "  thimble serve stories.thm --port 9000\n"
    "  thimble serve stories.thm --host 0.0.0.0 --api-key K    for the network\n\n"
    "A browser shows a page at the address; programs use the API of OpenAI below /v1 there: give them\n"
    "http://127.0.0.1:8080/v1 as their base URL, and any key. docs/API.md describes all of it. One text is told at a\n"
    "time, in the order of asking. Requests are logged on stderr; Ctrl-C ends the server.\n";

class ServeCommand : public Command {
 public:
  explicit ServeCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  ModelOptions model_;
  EngineOptions engine_;
  server::Config config_;
  uint32_t port_ = 8080;
  bool quiet_ = false;
};

ServeCommand::ServeCommand(CLI::App& app) {
  model_.declare(app);
  add_text(app, "--host", &config_.host, "ADDRESS", "Address to listen at; 0.0.0.0: all [127.0.0.1]");
  add_whole(app, "--port", &port_, 0, 65535, "N", "Port; 0: any that is free [8080]");
  add_text(app, "--api-key", &config_.key, "KEY", "Answer only those who bring this key");
  add_text(app, "--cors", &config_.origin, "ORIGIN", "Let pages of this origin ask, too; *: of any");
  engine_.declare(app);
  add_flag(app, "-q,--quiet", &quiet_, "No line about each request on stderr");
}

int ServeCommand::run(const Invocation& invocation) {
  std::string advice;
  if (!server::is_available(&advice)) throw Failure(advice);
  Notes notes = invocation.notes;
  model_.check_or_use_shipped(invocation.command, &notes);
  engine_.check(&notes);

  const LoadedModel loaded = load_model(model_);
  const PlanOptions plan = plan_options(loaded.model, engine_, server::kBodyBytes, &notes);
  Session session(loaded.model, plan, loaded.path);
  write_notes(concatenated(loaded.notes, notes));

  host::catch_interrupts();
  config_.port = static_cast<uint16_t>(port_);
  config_.chance = host::random_seed();
  config_.platform.board = "desktop";
  config_.on_listening = [this](uint16_t port) {
    write_note("listening  http://" + config_.host + ":" + std::to_string(port) + "/");
  };
  config_.on_log = [this](const std::string& line) {
    if (!quiet_) write_note(line);
  };
  config_.stopped = host::interrupted;
  server::serve(session.engine(), config_);
  loaded.file.check_unchanged();
  return 0;
}

}  // namespace

const CommandInfo kServe = {"serve", "The page and the API, for browsers and programs", kExamples,
                            declare_command<ServeCommand>};

}  // namespace thimble::cli
