// Text for a small display, word by word, while loop() goes on with other things.
//
// There is no driver in here: Screen collects lines as a display of 21 x 8 letters would show them, and show() is where
// yours would draw them. Until then it prints them.

#include <Thimble.h>
#include <thimble_story_model.h>

// The last lines of a text, broken between words.
class Screen {
 public:
  static const int kColumns = 21;
  static const int kRows = 8;

  void add(const char* text) {
    for (; *text != '\0'; ++text) addLetter(*text);
  }

  void show() {
    for (int row = 0; row < kRows; ++row) Serial.printf("|%-21s|\n", lines_[row]);
    Serial.println();
  }

  void clear() { *this = Screen(); }

 private:
  void addLetter(char letter) {
    if (letter == '\n') return newLine();
    char* line = lines_[kRows - 1];
    if (column_ == kColumns) {
      // The word that does not fit moves to the next line, unless it fills the whole one.
      char* space = strrchr(line, ' ');
      char word[kColumns + 1] = "";
      if (letter != ' ' && space != nullptr) {
        strcpy(word, space + 1);
        *space = '\0';
      }
      newLine();
      strcpy(line, word);
      column_ = strlen(word);
    }
    if (letter == ' ' && column_ == 0) return;
    line[column_++] = letter;
    line[column_] = '\0';
  }

  void newLine() {
    memmove(lines_[0], lines_[1], sizeof(lines_) - sizeof(lines_[0]));
    lines_[kRows - 1][0] = '\0';
    column_ = 0;
  }

  char lines_[kRows][kColumns + 1] = {};
  int column_ = 0;
};

Thimble story(thimble_story_model);
Screen screen;

void setup() {
  Serial.begin(115200);
  if (!story.begin()) screen.add(story.error());
  screen.show();
}

void loop() {
  if (!story.running()) {
    if (!story.ready()) return;
    delay(5000);
    screen.clear();
    screen.add("Once upon a time");
    story.start("Once upon a time");
  }
  // One token; in between, buttons can be read and lamps can blink. story.stop() would end the text.
  const char* text = story.step();
  if (text != nullptr) screen.add(text);
  if (text == nullptr || strchr(text, ' ') != nullptr) screen.show();
}
