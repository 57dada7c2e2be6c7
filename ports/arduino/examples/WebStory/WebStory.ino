// The page of Thimble, and its API, in your network: open the address that the serial monitor shows.
//
// Besides the story it needs some 100 kB of memory, most of it for Wi-Fi and its clients.

#include <Thimble.h>
#include <ThimbleWeb.h>
#include <WiFi.h>
#include <thimble_story_model.h>

Thimble story(thimble_story_model);
ThimbleWeb page(story);

void setup() {
  Serial.begin(115200);
  WiFi.begin("your network", "its password");
  while (WiFi.status() != WL_CONNECTED) delay(100);
  if (!story.begin({.keepFree = 96 * 1024})) {
    Serial.println(story.error());
  } else if (!page.begin()) {
    Serial.println(page.error());
  } else {
    Serial.printf("http://%s/\n", WiFi.localIP().toString().c_str());
  }
}

void loop() { page.step(); }
