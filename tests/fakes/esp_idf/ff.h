// FATFS, by its documentation: http://elm-chan.org/fsw/ff/
#pragma once

#include <cstdint>

#include "sdkconfig.h"

#define FF_USE_FASTSEEK CONFIG_FATFS_USE_FASTSEEK

using BYTE = uint8_t;
using WORD = uint16_t;
using DWORD = uint32_t;
using UINT = unsigned int;
using FSIZE_t = uint32_t;
using LBA_t = uint32_t;
using TCHAR = char;

enum FRESULT {
  FR_OK = 0,
  FR_DISK_ERR = 1,
  FR_INT_ERR = 2,
  FR_NOT_READY = 3,
  FR_NO_FILE = 4,
  FR_NO_PATH = 5,
  FR_DENIED = 7,
  FR_EXIST = 8,
  FR_INVALID_OBJECT = 9,
  FR_WRITE_PROTECTED = 10,
  FR_NOT_ENOUGH_CORE = 17
};

struct FATFS {
  WORD csize;      // sectors of a cluster
  LBA_t database;  // sector of cluster 2
};
struct FFOBJID {
  FATFS* fs;
  WORD id;
  DWORD sclust;
  FSIZE_t objsize;
};
struct FIL {
  FFOBJID obj;
  FSIZE_t fptr;
  DWORD* cltbl;
  void* file;  // of the fake
};
struct FF_DIR {
  FFOBJID obj;
  DWORD dptr;
};
struct FILINFO {
  FSIZE_t fsize;
  BYTE fattrib;
  TCHAR fname[256];
};

inline constexpr BYTE FA_READ = 0x01;
inline constexpr BYTE FA_WRITE = 0x02;
inline constexpr BYTE FA_CREATE_NEW = 0x04;
inline constexpr BYTE AM_HID = 0x02;
inline constexpr BYTE AM_DIR = 0x10;
inline constexpr FSIZE_t CREATE_LINKMAP = 0xffffffff;
#define f_size(fp) ((fp)->obj.objsize)
#define f_tell(fp) ((fp)->fptr)

FRESULT f_open(FIL* file, const TCHAR* path, BYTE mode);
FRESULT f_close(FIL* file);
FRESULT f_lseek(FIL* file, FSIZE_t offset);
FRESULT f_read(FIL* file, void* out, UINT bytes, UINT* read);
FRESULT f_write(FIL* file, const void* from, UINT bytes, UINT* written);
FRESULT f_sync(FIL* file);
FRESULT f_unlink(const TCHAR* path);
FRESULT f_opendir(FF_DIR* directory, const TCHAR* path);
FRESULT f_closedir(FF_DIR* directory);
FRESULT f_readdir(FF_DIR* directory, FILINFO* entry);
