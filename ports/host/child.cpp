#include "ports/host/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "ports/host/file.h"

extern char** environ;

namespace thimble::host {
namespace {

// A terminal sends Ctrl-C to both of us; whoever waits for a child leaves it to the child.
class InterruptsLeftToChild {
 public:
  InterruptsLeftToChild() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before_);
  }
  InterruptsLeftToChild(const InterruptsLeftToChild&) = delete;
  InterruptsLeftToChild& operator=(const InterruptsLeftToChild&) = delete;
  ~InterruptsLeftToChild() { sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

// How the child begins: with Ctrl-C as usual, and its streams as `actions` say.
std::optional<pid_t> start(const std::vector<std::string>& words, const posix_spawn_file_actions_t* actions) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t standard;
  sigemptyset(&standard);
  sigaddset(&standard, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &standard);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, arguments[0], actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT || error == EACCES) return std::nullopt;
  if (error != 0) throw_system_error(words[0], error, "cannot be started");
  return child;
}

int exit_code_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::optional<int> run_program(const std::vector<std::string>& words) {
  const InterruptsLeftToChild left;
  const std::optional<pid_t> child = start(words, nullptr);
  if (!child) return std::nullopt;
  return exit_code_of(*child);
}

std::optional<int> ask_program(const std::vector<std::string>& words, std::string* output) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe(ends.data()) != 0) throw_system_error(words[0], errno, "cannot be started");
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  const std::optional<pid_t> child = start(words, &actions);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  output->clear();
  std::array<char, 512> piece;
  ssize_t count = 0;
  while (child && (count = ::read(ends[0], piece.data(), piece.size())) != 0) {
    if (count > 0) output->append(piece.data(), static_cast<size_t>(count));
    if (count < 0 && errno != EINTR) break;
  }
  ::close(ends[0]);
  if (!child) return std::nullopt;
  return exit_code_of(*child);
}

}  // namespace thimble::host
