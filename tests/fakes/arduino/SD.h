#pragma once

class FakeSd {
 public:
  bool begin();
};
extern FakeSd SD;
