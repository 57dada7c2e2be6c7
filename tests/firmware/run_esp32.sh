#!/usr/bin/env bash
# Runs the flash of an ESP32-S3, ESP32 or ESP32-C3 in Espressif's QEMU, with its console on standard input and output.
# Usage: run_esp32.sh TARGET FLASH [QEMU-OPTION...]
#
# Where the firmware has a network: -nic user,model=open_eth,hostfwd=tcp:127.0.0.1:8080-:80
#
# No time is modelled there: no cache, no wait for flash or PSRAM. The watchdogs of the timers are off, since a slow
# machine would set them off; the firmware's own task watchdog is on.
set -euo pipefail
target=$1 flash=$2
shift 2

case $target in
  esp32 | esp32s3) qemu=qemu-system-xtensa ;;
  esp32c3) qemu=qemu-system-riscv32 ;;
  *) echo "no emulator for $target" >&2 && exit 2 ;;
esac

options=(-machine "$target" -display none -monitor none -serial stdio -drive "file=$flash,if=mtd,format=raw"
  -global "driver=timer.$target.timg,property=wdt_disable,value=true")
[[ " $* " == *' -nic '* ]] || options+=(-nic none)

# ESP-IDF's default for a C3 is a chip of revision 0.3 or later; an emulated one is what its eFuses say. Bits 18 to 20 of
# the fourth word of block 1, which lies behind 24 bytes of block 0.
if [[ $target == esp32c3 ]]; then
  efuse=$flash.efuse
  { head -c 38 /dev/zero && printf '\14' && head -c 985 /dev/zero; } >"$efuse"
  options+=(-drive "file=$efuse,if=none,format=raw,id=efuse" -global "driver=nvram.$target.efuse,property=drive,value=efuse")
fi
exec "$qemu" "${options[@]}" "$@"
