#!/usr/bin/env bash
# Runs an emulator image. Usage: run_image.sh PRESET IMAGE [ARGUMENT...]; arguments are those of firmware/emu/options.h
# and hold no comma and no space. Exit code: the image's; 124 when it hung.
# THIMBLE_EMU_SECONDS: the limit (60). THIMBLE_EMU_OPTIONS: more options for QEMU, such as -device loader,...
set -euo pipefail

preset=$1 image=$2
shift 2
arguments=arg=thimble
for argument; do arguments+=,arg=$argument; done
read -r -a more <<<"${THIMBLE_EMU_OPTIONS:-}"
quiet=(-display none -monitor none -serial none "${more[@]}" -kernel "$image")
console=(-chardev 'stdio,id=console' -semihosting-config "enable=on,target=native,chardev=console,$arguments")

case $preset in
  rv32imc | rv32imac | rv32imafc)
    # Without what the chip lacks, an instruction that strayed in is an exception.
    case $preset in
      rv32imc) cpu=rv32,f=off,d=off,a=off ;;
      rv32imac) cpu=rv32,f=off,d=off ;;
      rv32imafc) cpu=rv32,d=off ;;
    esac
    machine=(qemu-system-riscv32 -M virt -cpu "$cpu" -m 128M -bios none -icount shift=0 "${console[@]}")
    ;;
  xtensa)
    machine=(qemu-system-xtensa -M sim -cpu de233_fpu -m 128M -icount shift=6
      -semihosting-config "enable=on,$arguments")
    ;;
  cortex-m33) machine=(qemu-system-arm -M mps2-an505 -cpu cortex-m33 "${console[@]}") ;;
  *)
    echo "no machine for $preset" >&2
    exit 2
    ;;
esac
exec timeout "${THIMBLE_EMU_SECONDS:-60}" "${machine[@]}" "${quiet[@]}" </dev/null
