# Reset on QEMU's `virt`: machine mode, one hart, code and data already in RAM.
    .section .text.reset, "ax"
    .global image_reset
image_reset:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, image_stack_top
    .option push
    .option arch, +zicsr
    la t0, on_trap
    csrw mtvec, t0
#ifdef __riscv_flen
    li t0, 0x2000          # mstatus.FS: the floating-point unit is on
    csrs mstatus, t0
    csrw fcsr, zero
#endif
    .option pop
    li s0, 0
    call image_start

    .balign 4
on_trap:
    .option push
    .option arch, +zicsr
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    .option pop
    la sp, image_stack_top # the stack may be what went wrong
    call image_trap
