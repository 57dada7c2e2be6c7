// Reset and exceptions for QEMU's `sim` machine, windowed calls. Assembled by llvm-mc: no preprocessor, literals by
// hand.
//
// A windowed call rotates the register file by 4, 8 or 12. When the file is full, the oldest frame is spilled by an
// overflow exception to the save area below its owner's stack pointer; returning to a spilled frame brings it back by
// an underflow exception. The six handlers stand at fixed offsets from VECBASE, 64 bytes apart, and are those of the
// Xtensa Instruction Set Architecture reference, "Windowed Procedure-Call Protocol".

    .section .reset.text, "ax"
    .global image_reset
image_reset:
    j .Lfar
    .p2align 2
.Lentry: .4byte image_entry
.Lfar:
    l32r a0, .Lentry
    jx a0

    .section .vectors, "ax"
    .org 0x000                 // overflow of a frame of 4
    s32e a0, a5, -16
    s32e a1, a5, -12
    s32e a2, a5, -8
    s32e a3, a5, -4
    rfwo
    .org 0x040                 // underflow of 4
    l32e a0, a5, -16
    l32e a1, a5, -12
    l32e a2, a5, -8
    l32e a3, a5, -4
    rfwu
    .org 0x080                 // overflow of 8: the upper four go below the caller's own frame
    s32e a0, a9, -16
    l32e a0, a1, -12
    s32e a1, a9, -12
    s32e a2, a9, -8
    s32e a3, a9, -4
    s32e a4, a0, -32
    s32e a5, a0, -28
    s32e a6, a0, -24
    s32e a7, a0, -20
    rfwo
    .org 0x0c0                 // underflow of 8
    l32e a0, a9, -16
    l32e a1, a9, -12
    l32e a2, a9, -8
    l32e a7, a1, -12
    l32e a3, a9, -4
    l32e a4, a7, -32
    l32e a5, a7, -28
    l32e a6, a7, -24
    l32e a7, a7, -20
    rfwu
    .org 0x100                 // overflow of 12
    s32e a0, a13, -16
    l32e a0, a1, -12
    s32e a1, a13, -12
    s32e a2, a13, -8
    s32e a3, a13, -4
    s32e a4, a0, -48
    s32e a5, a0, -44
    s32e a6, a0, -40
    s32e a7, a0, -36
    s32e a8, a0, -32
    s32e a9, a0, -28
    s32e a10, a0, -24
    s32e a11, a0, -20
    rfwo
    .org 0x140                 // underflow of 12
    l32e a0, a13, -16
    l32e a1, a13, -12
    l32e a2, a13, -8
    l32e a11, a1, -12
    l32e a3, a13, -4
    l32e a4, a11, -48
    l32e a5, a11, -44
    l32e a6, a11, -40
    l32e a7, a11, -36
    l32e a8, a11, -32
    l32e a9, a11, -28
    l32e a10, a11, -24
    l32e a11, a11, -20
    rfwu
    .org 0x300                 // kernel
    j fatal
    .org 0x340                 // user
    j fatal
    .org 0x3c0                 // double
    j fatal
    .org 0x400
    .p2align 2
.Ltrap:     .4byte image_trap
.Ltrap_sp:  .4byte image_stack_top - 128
.Ltrap_ps:  .4byte 0x00040020
fatal:                         // the frames are lost: one window, a fresh stack, and the report
    rsr a10, exccause
    rsr a11, epc1
    rsr a12, excvaddr
    rsr a8, windowbase
    ssl a8
    movi a8, 1
    sll a8, a8
    wsr a8, windowstart
    rsync
    l32r a8, .Ltrap_ps
    wsr a8, ps
    rsync
    l32r a1, .Ltrap_sp
    l32r a8, .Ltrap
    callx8 a8

    .section .text.entry, "ax"
    .p2align 2
.Lps:      .4byte 0x00040020   // WOE and UM set; EXCM, which forbids windows and loops, clear; INTLEVEL 0
.Lvectors: .4byte image_vectors
.Lstack:   .4byte image_stack_top
.Lstart:   .4byte image_start
    .global image_entry
image_entry:
    movi a0, 0
    wsr a0, intenable
    wsr a0, lcount
    wsr a0, windowbase
    rsync
    movi a2, 1
    wsr a2, windowstart        // one live frame: this one
    rsync
    l32r a2, .Lvectors
    wsr a2, vecbase
    movi a2, 255
    wsr a2, cpenable           // the floating-point unit
    movi a2, 0x15
    wsr a2, atomctl            // s32c1i works on every kind of memory
    l32r a1, .Lstack
    addi a1, a1, -128
    addi a2, a1, 64
    addi a3, a1, -12
    s32i a2, a3, 0             // the "caller's stack pointer" for a spill of the first frame
    l32r a2, .Lps
    wsr a2, ps
    rsync
    movi a0, 0
    l32r a8, .Lstart
    callx8 a8
