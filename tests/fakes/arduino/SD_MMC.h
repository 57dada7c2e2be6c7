#pragma once

class FakeSdMmc {
 public:
  bool setPins(int clk, int cmd, int d0);
  bool setPins(int clk, int cmd, int d0, int d1, int d2, int d3);
  bool begin(const char* mountpoint = "/sdcard", bool mode1bit = false, bool format_if_mount_failed = false);
};
extern FakeSdMmc SD_MMC;
