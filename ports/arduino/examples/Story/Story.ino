// A story every few seconds, on the serial monitor at 115200 baud.
//
// Nothing else to install and nothing to choose: the model is an array in the sketch, which stays in flash. It needs
// some 65 kB of memory and no PSRAM.

#include <Thimble.h>
#include <thimble_story_model.h>

Thimble story(thimble_story_model);

// What decides how fast it is, and where to change it.
void printBoard() {
  Serial.printf("%s, %u MHz, flash %u MB, PSRAM %u MB, %u kB of memory free\n", ESP.getChipModel(),
                (unsigned)ESP.getCpuFreqMHz(), (unsigned)(ESP.getFlashChipSize() >> 20),
                (unsigned)(ESP.getPsramSize() >> 20), (unsigned)(ESP.getFreeHeap() >> 10));
  if (ESP.getCpuFreqMHz() < 160) Serial.println("The clock is low: Tools > CPU Frequency.");
}

void printModel() {
  ThimbleFacts facts = story.facts();
  Serial.printf("%s: %u weights, texts of %u tokens, %u kB of memory taken\n", facts.name, (unsigned)facts.parameters,
                (unsigned)facts.context, (unsigned)((facts.internalBytes + facts.psramBytes) >> 10));
}

void setup() {
  Serial.begin(115200);
  delay(1500);  // a USB port needs a moment until the monitor listens
  printBoard();
  if (!story.begin()) {
    Serial.println(story.error());
    return;
  }
  printModel();
}

void loop() {
  if (!story.ready()) {  // setup() said why
    delay(1000);
    return;
  }
  const char* beginning = "Once upon a time";
  Serial.printf("\n%s", beginning);
  bool ended = story.generate(beginning, [](const char* text) { Serial.print(text); });
  if (!ended) Serial.println(story.error());
  Serial.printf("\n(%u tokens, %.1f a second, seed %llu)\n", (unsigned)story.tokens(), story.tokensPerSecond(),
                (unsigned long long)story.seed());
  delay(5000);
}
