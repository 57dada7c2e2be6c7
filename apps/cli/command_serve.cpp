// thimble serve: the page and the API, on a port of this machine.

#include <cstdint>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/session.h"
#include "apps/cli/text.h"
#include "apps/server/qr_code.h"
#include "apps/server/server.h"
#include "ports/host/network.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble serve                                           the story model that ships, for this machine alone\n"
    "  thimble serve stories.thm --port 9000\n"
    "  thimble serve stories.thm --host 0.0.0.0 --api-key K    for the network\n\n"
    "A browser finds a page at the address that is shown. Programs use the API of OpenAI: their base URL is that\n"
    "address with /v1 behind it, and any key will do where none was given here. One text is told at a time, in the\n"
    "order of asking. Each request leaves a line on stderr, without what was asked. Ctrl-C ends the server.\n";

constexpr int64_t kMostPort = 65535;

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }
bool is_everywhere(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::string address(const std::string& host, uint16_t port) {
  const bool ipv6 = host.find(':') != std::string::npos;
  return "http://" + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/";
}

class ServeCommand : public Command {
 public:
  explicit ServeCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  void configure(const LoadedModel& loaded);
  void write_addresses(uint16_t port) const;

  ModelOptions model_;
  EngineOptions engine_;
  server::Config config_;
  uint32_t port_ = config_.port;
  bool quiet_ = false;
};

ServeCommand::ServeCommand(CLI::App& app) {
  model_.declare(app);
  add_text(app, "--host", &config_.host, "ADDRESS", "Address to listen at; 0.0.0.0: all [127.0.0.1]");
  add_whole(app, "--port", &port_, 0, kMostPort, "N", "Port; 0: any that is free [8080]");
  add_text(app, "--api-key", &config_.key, "KEY", "Answer only those who bring this key");
  add_text(app, "--cors", &config_.origin, "ORIGIN", "Let pages of this origin ask, too; *: of any");
  add_any_word(app, &config_.any_word);
  engine_.declare(app);
  add_flag(app, "-q,--quiet", &quiet_, "No lines about requests on stderr");
}

int ServeCommand::run(const Invocation& invocation) {
  if (!server::missing().empty()) throw Failure("serve: " + server::missing());
  Notes notes = invocation.notes;
  model_.check_or_use_shipped(invocation.command, &notes);
  engine_.check(&notes);
  if (config_.host == "localhost") config_.host = "127.0.0.1";
  if (!is_loopback(config_.host) && config_.key.empty()) {
    notes.push_back("--host " + config_.host + ": whoever reaches this machine may ask; --api-key asks for a key");
  }

  const LoadedModel loaded = load_model_to_run(model_);
  const PlanOptions plan = plan_options(loaded.model, engine_, server::kBodyBytes, &notes);
  Session session(loaded.model, plan, loaded.path);
  configure(loaded);
  host::catch_interrupts();
  host::catch_termination();
  write_notes(concatenated(loaded.notes, notes));
  try {
    server::serve(session.engine(), config_);
  } catch (const server::Error& error) {
    throw Failure(error.what());
  }
  loaded.file.check_unchanged();
  return 0;
}

void ServeCommand::configure(const LoadedModel& loaded) {
  config_.port = static_cast<uint16_t>(port_);
  config_.names = {host::host_name(), host::host_name() + ".local"};
  config_.board = "desktop";
  config_.chip = host::machine_name();
  config_.weight_bytes = loaded.model.weight_bytes();
  config_.chance = host::random_seed();
  config_.stopped = host::interrupted;
  config_.on_listening = [this](uint16_t port) { write_addresses(port); };
  config_.on_log = [this](const std::string& line) {
    if (!quiet_) write_note(visible(line, false));
  };
}

// Where to find the server; for phones, which have no keyboard to speak of, also as a picture.
void ServeCommand::write_addresses(uint16_t port) const {
  const std::string lan = is_everywhere(config_.host) ? host::lan_address() : config_.host;
  const std::string here = is_everywhere(config_.host) ? "127.0.0.1" : config_.host;
  write_note("serving    " + address(here, port));
  if (is_loopback(config_.host) || lan.empty()) return;
  if (lan != here) write_note("network    " + address(lan, port));
  if (host::is_terminal(host::Stream::kErr)) write_note(server::qr_code(address(lan, port)));
}

}  // namespace

const CommandInfo kServe = {"serve", "The page and the API, for browsers and programs", kExamples,
                            declare_command<ServeCommand>};

}  // namespace thimble::cli
