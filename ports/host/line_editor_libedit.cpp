// Line editing by libedit.
//
// Its own handling of signals stays off: it passes a signal on to the whole process group, so that the others in a
// pipeline would see one Ctrl-C twice. Instead the function that waits for a key is ours, and heeds the signals that it
// is woken by: Ctrl-C, which reaches process.h as it does everywhere else, Ctrl-Z, and a terminal of another size.

#include <histedit.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>

#include "ports/host/line_editor.h"
#include "ports/host/process.h"

namespace thimble::host {
namespace {

constexpr int kHistoryLines = 500;
constexpr auto kBroken = static_cast<size_t>(-1);  // std::mbrtowc
constexpr auto kUnfinished = static_cast<size_t>(-2);

volatile sig_atomic_t resize_seen = 0;
volatile sig_atomic_t stop_seen = 0;

extern "C" void on_resize(int) {
  resize_seen = 1;
  wake();
}

extern "C" void on_stop(int) {
  stop_seen = 1;
  wake();
}

// A signal's handler while in scope; a signal that the caller of the program had ignored stays so.
class SignalScope {
 public:
  SignalScope(int signal, void (*handler)(int)) : signal_(signal) {
    sigaction(signal, nullptr, &before_);
    if (before_.sa_handler == SIG_IGN) return;
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope() { sigaction(signal_, &before_, nullptr); }

 private:
  int signal_;
  struct sigaction before_ = {};
};

// From the beginning of the row that the cursor is in.
void draw_anew(EditLine* editor) {
  std::fputc('\r', stderr);
  el_set(editor, EL_REFRESH);
}

// Ctrl-Z: the shell gets the terminal as it was, and when the program goes on, the line is drawn anew.
void suspend(EditLine* editor) {
  stop_seen = 0;
  el_set(editor, EL_PREP_TERM, 0);
  {
    const SignalScope as_usual(SIGTSTP, SIG_DFL);
    ::raise(SIGTSTP);
  }
  el_set(editor, EL_PREP_TERM, 1);
  draw_anew(editor);
}

void heed_signals(EditLine* editor) {
  if (stop_seen != 0) suspend(editor);
  if (resize_seen == 0) return;
  resize_seen = 0;
  el_resize(editor);
  draw_anew(editor);  // or libedit goes on writing where the cursor was, beyond the rows that it has now
}

// Adds a byte to the character that it belongs to; true when that is complete. Bytes that are no UTF-8 are dropped.
bool add_byte(char byte, std::mbstate_t* state, wchar_t* character) {
  size_t used = std::mbrtowc(character, &byte, 1, state);
  if (used == kBroken) {  // this byte may begin a character, or be the Enter behind half of one
    *state = {};
    used = std::mbrtowc(character, &byte, 1, state);
  }
  if (used == kBroken) *state = {};
  return used != kBroken && used != kUnfinished;
}

// For libedit: 1 with a character, 0 at the end of the input, -1 on an error.
int read_character(EditLine* editor, wchar_t* character) {
  std::mbstate_t state = {};
  for (;;) {
    while (!wait_for_input()) {
      heed_signals(editor);
      if (!interrupted()) continue;
      *character = L'\n';  // ends the line as Enter does, with the cursor below all of it
      return 1;
    }
    char byte = 0;
    const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return static_cast<int>(count);
    if (add_byte(byte, &state, character)) return 1;
  }
}

class Libedit final : public LineEditor {
 public:
  Libedit();
  Libedit(const Libedit&) = delete;
  Libedit& operator=(const Libedit&) = delete;
  ~Libedit() override;

  bool ok() const { return editor_ != nullptr && history_ != nullptr; }
  LineReader::Result next(const std::string& prompt, std::string* line) override;
  void remember(const std::string& line) override;

 private:
  static char* prompt_of(EditLine* editor);

  History* history_;
  EditLine* editor_;
  std::string prompt_;
};

Libedit::Libedit() : history_(history_init()), editor_(el_init("thimble", stdin, stderr, stderr)) {
  if (!ok()) return;
  HistEvent event = {};
  history(history_, &event, H_SETSIZE, kHistoryLines);
  history(history_, &event, H_SETUNIQUE, 1);  // a line that repeats the one before is kept once
  el_set(editor_, EL_CLIENTDATA, this);
  el_set(editor_, EL_PROMPT, &Libedit::prompt_of);
  el_set(editor_, EL_EDITOR, "emacs");
  el_set(editor_, EL_HIST, history, history_);
  el_set(editor_, EL_GETCFN, &read_character);
  // What the shells' users have in their fingers and libedit does not bind, or otherwise.
  el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(editor_, EL_BIND, "^W", "ed-delete-prev-word", nullptr);
  el_set(editor_, EL_BIND, "^I", "ed-insert", nullptr);  // a tab in pasted text
}

Libedit::~Libedit() {
  if (editor_ != nullptr) el_end(editor_);
  if (history_ != nullptr) history_end(history_);
}

LineReader::Result Libedit::next(const std::string& prompt, std::string* line) {
  const SignalScope resizing(SIGWINCH, on_resize);
  const SignalScope stopping(SIGTSTP, on_stop);
  prompt_ = prompt;
  el_set(editor_, EL_PREP_TERM, 1);  // before the prompt, which invites to type
  std::fputc('\r', stderr);          // over a ^C that the terminal may have shown
  int length = 0;
  const char* text = el_gets(editor_, &length);
  if (interrupted()) return LineReader::Result::kInterrupted;
  if (text == nullptr || length <= 0) return LineReader::Result::kEnd;
  line->assign(text, static_cast<size_t>(length));
  if (line->back() == '\n') line->pop_back();
  return LineReader::Result::kLine;
}

void Libedit::remember(const std::string& line) {
  HistEvent event = {};
  history(history_, &event, H_ENTER, line.c_str());
}

char* Libedit::prompt_of(EditLine* editor) {
  void* self = nullptr;
  el_get(editor, EL_CLIENTDATA, &self);
  return static_cast<Libedit*>(self)->prompt_.data();
}

}  // namespace

std::unique_ptr<LineEditor> open_line_editor() {
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::strcmp(term, "dumb") == 0) return nullptr;
  // Characters are what the locale says, and the plain "C" locale, usual in containers, knows ASCII alone.
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  auto editor = std::make_unique<Libedit>();
  if (!editor->ok()) return nullptr;
  return editor;
}

}  // namespace thimble::host
