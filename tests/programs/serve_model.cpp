// `thimble serve MODEL --port 0`, without the command line around it: the first two words are looked at, no others.
// Usage: serve_model serve MODEL ...

#include <cstdio>
#include <cstring>
#include <exception>

#include "apps/server/server.h"
#include "ports/host/process.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/shared_models.h"

int main(int argc, char** argv) {
  using namespace thimble;
  if (argc < 3 || std::strcmp(argv[1], "serve") != 0) return 2;
  try {
    const std::vector<std::byte> file = testing::read_file(argv[2]);
    tools::ImageBytes image(file.size());
    std::memcpy(image.span().data(), file.data(), file.size());
    testing::TestEngine engine(image.span(), {.max_batch = kMaxBatch, .max_run_bytes = server::kBodyBytes});
    server::Config config;
    config.port = 0;
    config.stopped = host::interrupted;
    config.on_listening = [](uint16_t port) { std::fprintf(stderr, "serving    http://127.0.0.1:%u/\n", port); };
    config.on_log = [](const std::string&) {};
    host::catch_interrupts();
    host::catch_termination();
    server::serve(engine.engine(), config);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
