// A story by a model that is no part of the sketch: from the flash partition "model", or from the file story.thm on
// FFat. So a sketch stays small, uploads quickly, and a model can be changed without it.
//
// The partitions.csv beside this sketch has both partitions, for boards with 4 MB of flash or more; the core takes it
// from here whatever Tools > Partition Scheme says. To write a model to the partition (its address is in that file):
//
//   esptool write_flash 0x210000 story.thm       (esptool version 5: write-flash)
//
// For FFat, copy story.thm there with a sketch of your own or an upload tool of your IDE.

#include <FFat.h>
#include <Thimble.h>

Thimble story;

bool beginFromAnywhere() {
  if (story.beginFromPartition("model")) return true;
  Serial.println(story.error());
  if (!FFat.begin()) {
    Serial.println("FFat does not start: it was never formatted, or this board's table has no such partition");
    return false;
  }
  if (story.beginFromFile("/ffat/story.thm")) return true;
  Serial.println(story.error());
  return false;
}

void setup() {
  Serial.begin(115200);
  delay(1500);  // a USB port needs a moment until the monitor listens
  if (beginFromAnywhere()) {
    Serial.printf("%s, %u bytes\n", story.facts().name, (unsigned)story.facts().modelBytes);
  }
}

void loop() {
  if (!story.ready()) {  // setup() said why
    delay(1000);
    return;
  }
  Serial.print("\nOnce upon a time");
  story.generate("Once upon a time", [](const char* text) { Serial.print(text); });
  Serial.println();
  delay(5000);
}
