// A story by a model on an SD card that need not fit into memory: what finds room is read once, the rest for each token.
//
// Copy a model to a FAT32 card as story.thm, and set SLOT to what your board has:
//
//   1  the SDMMC host with one data line: ESP32-CAM, ESP32-S3-EYE and most boards with a slot
//   4  the same with four, which carry four times as much
//   0  SPI, on any chip: a tenth of that
//
// An ESP32-S3 takes any free pins: those of ESP32-S3-EYE stand below. An ESP32 has one set, and needs no setPins().

#include <SD.h>
#include <SD_MMC.h>
#include <Thimble.h>

#define SLOT 1

Thimble story;

bool beginCard() {
#if SLOT == 0
  return SD.begin();  // SD.begin(CS pin) for another than the board's
#else
#if defined(CONFIG_IDF_TARGET_ESP32S3)
  SD_MMC.setPins(39, 38, 40);  // CLK, CMD, D0; four lines: also D1, D2, D3
#endif
  return SD_MMC.begin("/sdcard", SLOT == 1);
#endif
}

bool beginStory() {
  if (!beginCard()) {
    Serial.println("No card answers, or it is not FAT32: push it in until it holds, format it, look at the pins");
    return false;
  }
  if (story.beginFromCard(SLOT == 0 ? "/sd/story.thm" : "/sdcard/story.thm", {.secondCore = true})) return true;
  Serial.println(story.error());
  return false;
}

void setup() {
  Serial.begin(115200);
  delay(1500);  // a USB port needs a moment until the monitor listens
  if (!beginStory()) return;
  const ThimbleFacts facts = story.facts();
  Serial.printf("%s, %u bytes, of which %u are read for each token\n", facts.name, (unsigned)facts.modelBytes,
                (unsigned)facts.streamedBytes);
}

void loop() {
  if (!story.ready()) {  // setup() said why
    delay(1000);
    return;
  }
  Serial.print("\nOnce upon a time");
  if (!story.generate("Once upon a time", [](const char* text) { Serial.print(text); })) {
    Serial.printf("\n%s\n", story.error());  // the card was taken out: put it back
  }
  Serial.printf("\n%.2f tokens a second\n", story.tokensPerSecond());
  delay(5000);
}
