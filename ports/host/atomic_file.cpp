#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "ports/host/file.h"

namespace thimble::host {
namespace {

constexpr size_t kPatternBytes = 7;  // ".XXXXXX", of which mkstemps makes a name
constexpr std::array<int, 3> kEndingSignals = {SIGINT, SIGTERM, SIGHUP};

// The temporary that a signal must remove. Written with those signals blocked; read by the handler.
std::array<char, PATH_MAX> pending_path = {};
std::array<struct sigaction, kEndingSignals.size()> previous_actions = {};

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kEndingSignals) sigaddset(&set, number);
  return set;
}

class SignalsBlocked {
 public:
  SignalsBlocked() {
    const sigset_t set = ending_signals();
    sigprocmask(SIG_BLOCK, &set, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// Removes the temporary and lets the signal end the program as it would have without us, so that a shell sees
// the usual status.
extern "C" void remove_pending_and_die(int number) {
  remove_unfinished_file();
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(number, &standard, nullptr);
  raise(number);  // delivered when this handler returns
}

void watch(const std::string& temporary) {
  temporary.copy(pending_path.data(), pending_path.size() - 1);
  struct sigaction action = {};
  action.sa_handler = remove_pending_and_die;
  action.sa_mask = ending_signals();
  for (size_t i = 0; i < kEndingSignals.size(); ++i) {
    sigaction(kEndingSignals[i], nullptr, &previous_actions[i]);
    // A signal that is ignored (nohup) stays ignored.
    if (previous_actions[i].sa_handler != SIG_IGN) sigaction(kEndingSignals[i], &action, nullptr);
  }
}

void unwatch() {
  for (size_t i = 0; i < kEndingSignals.size(); ++i) sigaction(kEndingSignals[i], &previous_actions[i], nullptr);
  pending_path.fill('\0');
}

// Where the name leads when it is a symbolic link, so that the link stays and its target is replaced.
std::string follow_links(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string result = resolved;
  std::free(resolved);
  return result;
}

}  // namespace

void remove_unfinished_file() {
  if (pending_path[0] != '\0') ::unlink(pending_path.data());
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  struct stat info = {};
  const bool there = ::stat(target_.c_str(), &info) == 0;
  if (!there && errno != ENOENT) throw_system_error(path_, errno, "cannot be written");
  if (there && S_ISDIR(info.st_mode)) throw_system_error(path_, EISDIR, "");
  if (there && !S_ISREG(info.st_mode)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw_system_error(path_, errno, "cannot be written");
    return;
  }
  const mode_t mask = ::umask(0);
  ::umask(mask);
  create_temporary(there ? info.st_mode & 07777u : 0666u & ~mask);
}

void AtomicFile::create_temporary(unsigned mode) {
  const size_t slash = target_.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : target_.substr(0, slash + 1);
  std::string name = folder;
  name.append(".XXXXXX-").append(target_, folder.size()).append(".tmp");
  const size_t suffix_bytes = name.size() - folder.size() - kPatternBytes;
  if (name.size() >= pending_path.size()) throw_system_error(path_, ENAMETOOLONG, "");
  const SignalsBlocked blocked;
  descriptor_ = ::mkstemps(name.data(), static_cast<int>(suffix_bytes));
  if (descriptor_ < 0) {
    const int error = errno;
    if (error == ENOENT && !folder.empty() && !is_folder(folder))
      throw Error(path_ + ": its folder does not exist; create it or choose another");
    throw_system_error(path_, error, "cannot be written");
  }
  temporary_ = name;
  watch(temporary_);
  ::fchmod(descriptor_, static_cast<mode_t>(mode));
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  const SignalsBlocked blocked;
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  temporary_.clear();
  unwatch();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(path_, errno, "cannot be written");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

std::span<std::byte> AtomicFile::map(uint64_t bytes) {
  mapping_ = LargeMemory(descriptor_, bytes, path_);
  return mapping_.span();
}

void AtomicFile::commit() {
  mapping_.finish(path_);
  // Pipes and some devices cannot be flushed to a disk, and say so with EINVAL.
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) {
    throw_system_error(path_, errno, "cannot be written");
  }
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw_system_error(path_, errno, "cannot be written");
  if (temporary_.empty()) return;
  const SignalsBlocked blocked;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_system_error(path_, errno, "cannot be replaced");
  temporary_.clear();
  unwatch();
}

}  // namespace thimble::host
