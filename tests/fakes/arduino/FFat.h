#pragma once

class FakeFFat {
 public:
  bool begin(bool formatOnFail = false, const char* basePath = "/ffat");
};
extern FakeFFat FFat;
