@ Reset on a Cortex-M33: the vector table, and the floating-point unit switched on.
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word image_stack_top
    .word image_reset
    .rept 14
    .word on_fault
    .endr

    .section .text.reset, "ax"
    .thumb_func
    .global image_reset
image_reset:
    ldr r0, =0xe000ed88    @ CPACR: full access to coprocessors 10 and 11
    ldr r1, [r0]
    orr r1, r1, #(0xf << 20)
    str r1, [r0]
    dsb
    isb
    bl image_start

    .thumb_func
on_fault:
    ldr r3, =0xe000ed28    @ CFSR: why; BFAR at +0x10: where
    ldr r0, [r3]
    ldr r1, [sp, #24]      @ the pc of the exception's frame
    ldr r2, [r3, #0x10]
    ldr r3, =image_stack_top
    mov sp, r3
    bl image_trap
