# What is no product of vectors, by ESP32-S3's upper word of a product (MULSH), which the vectors lack. Elements go four
# at a time, so that no instruction waits for the one before: a load and a product are there for the next instruction
# but one.

    .text

# Four registers through the same instruction.
    .macro  load_4 base, at
    l32i    a8, \base, \at
    l32i    a9, \base, \at + 4
    l32i    a10, \base, \at + 8
    l32i    a11, \base, \at + 12
    .endm
    .macro  with_4 op, operand              # a8..a11 = op(a8..a11, operand)
    \op     a8, a8, \operand
    \op     a9, a9, \operand
    \op     a10, a10, \operand
    \op     a11, a11, \operand
    .endm
    .macro  shift_4 op                      # by SAR
    \op     a8, a8
    \op     a9, a9
    \op     a10, a10
    \op     a11, a11
    .endm
    .macro  scale_4 mantissa                # rounded: SAR is one less than the shift
    with_4  mulsh, \mantissa
    shift_4 sra
    with_4  addi, 1
    with_4  srai, 1
    .endm

# Sums of rows become results: sum * 2^spare * scale * 2^15 / 2^32, rounded down.
#
# void pie_scale_panels(int32_t* sums, const std::byte* panels, size_t count, size_t panel_bytes, int32_t spare)
#   a2: sums [8 count], in place   a3: panels, each with 8 scales of 16 bits in front   a4: count, > 0
#   a5: panel_bytes
#   a6: spare, 0..31
    .macro  scale_rows half                 # four of them
    load_4  a2, 16 * \half
    l16ui   a12, a3, 8 * \half
    l16ui   a13, a3, 8 * \half + 2
    l16ui   a14, a3, 8 * \half + 4
    l16ui   a15, a3, 8 * \half + 6
    shift_4 sll
    slli    a12, a12, 15
    slli    a13, a13, 15
    slli    a14, a14, 15
    slli    a15, a15, 15
    mulsh   a8, a8, a12
    mulsh   a9, a9, a13
    mulsh   a10, a10, a14
    mulsh   a11, a11, a15
    s32i    a8, a2, 16 * \half
    s32i    a9, a2, 16 * \half + 4
    s32i    a10, a2, 16 * \half + 8
    s32i    a11, a2, 16 * \half + 12
    .endm
    .align  4
    .global pie_scale_panels
    .type   pie_scale_panels, @function
pie_scale_panels:
    entry   a1, 32
    ssl     a6
    loop    a4, .Lscale_panels
    scale_rows 0
    scale_rows 1
    addi    a2, a2, 32
    add     a3, a3, a5
.Lscale_panels:
    retw
    .size   pie_scale_panels, . - pie_scale_panels

# What becomes of products of eight elements, the vectors do: rounding, limits, narrowing. Scalar registers hand them
# over in memory, on the stack; q7 is the half, SAR the shift.
    .macro  hand_over base                  # a8..a11 to the stack at \base
    s32i    a8, a1, \base
    s32i    a9, a1, \base + 4
    s32i    a10, a1, \base + 8
    s32i    a11, a1, \base + 12
    .endm
    .macro  take_rounded at                 # q0, q1: all eight, rounded; \at points to them
    ee.vld.128.ip   q0, \at, 16
    ee.vld.128.ip   q1, \at, -16
    ee.vadds.s32    q0, q0, q7
    ee.vadds.s32    q1, q1, q7
    ee.vsr.32   q0, q0
    ee.vsr.32   q1, q1
    .endm
    .macro  store_narrow to                 # eight bytes of q0 and q1
    ee.vunzip.16    q0, q1
    ee.vunzip.8     q0, q1
    ee.vst.l.64.ip  q0, \to, 8
    .endm
    .macro  broadcast q, reg                # uses a14
    s32i    \reg, a1, 0
    mov     a14, a1
    ee.vldbc.32.ip  \q, a14, 0
    .endm

# void pie_quantize(int8_t* out, const int32_t* x, size_t count, int32_t lift, int32_t factor)
#   a2: out [8 count], on 8 bytes, written   a3: x   a4: count, > 0   a5: lift, 0..31: x * 2^lift is of 32 bits
#   a6: factor: the upper word of its product with that is the quotient with 22 bits behind the point
    .align  4
    .global pie_quantize
    .type   pie_quantize, @function
pie_quantize:
    entry   a1, 64
    movi    a7, 1
    slli    a7, a7, 21
    broadcast q7, a7
    loop    a4, .Lquantize
    ssl     a5
    load_4  a3, 0
    shift_4 sll
    with_4  mulsh, a6
    hand_over 0
    load_4  a3, 16
    shift_4 sll
    with_4  mulsh, a6
    hand_over 16
    ssai    22
    addi    a3, a3, 32
    take_rounded a14
    store_narrow a2
.Lquantize:
    retw
    .size   pie_quantize, . - pie_quantize

# void pie_rescale(int8_t* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift)
#   a2: out [8 count], on 8 bytes, written   a3: x   a4: count, > 0   a5: mantissa   a6: shift, 1..31
    .align  4
    .global pie_rescale
    .type   pie_rescale, @function
pie_rescale:
    entry   a1, 64
    movi    a7, 127
    broadcast q6, a7
    movi    a7, -127
    broadcast q5, a7
    addi    a7, a6, -1
    ssl     a7
    movi    a7, 1
    sll     a7, a7
    broadcast q7, a7
    ssr     a6
    loop    a4, .Lrescale
    load_4  a3, 0
    with_4  mulsh, a5
    hand_over 0
    load_4  a3, 16
    with_4  mulsh, a5
    hand_over 16
    addi    a3, a3, 32
    take_rounded a14
    ee.vmin.s32     q0, q0, q6
    ee.vmin.s32     q1, q1, q6
    ee.vmax.s32     q0, q0, q5
    ee.vmax.s32     q1, q1, q5
    store_narrow a2
.Lrescale:
    retw
    .size   pie_rescale, . - pie_rescale

# void pie_add(int32_t* x, const int32_t* y, size_t count, int32_t lift, int32_t mantissa, int32_t shift)
#   a2: x [8 count], on 16 bytes, in place   a3: y   a4: count, > 0   a5: lift, 0..30: y * 2^lift is of 32 bits
#   a6: mantissa   a7: shift, 1..31
    .align  4
    .global pie_add
    .type   pie_add, @function
pie_add:
    entry   a1, 64
    movi    a8, 1
    ssl     a5
    sll     a5, a8                          # a factor: SAR is needed
    addi    a9, a7, -1
    ssl     a9
    sll     a9, a8
    broadcast q7, a9
    ssr     a7
    loop    a4, .Ladd
    load_4  a3, 0
    with_4  mull, a5
    with_4  mulsh, a6
    hand_over 0
    load_4  a3, 16
    with_4  mull, a5
    with_4  mulsh, a6
    hand_over 16
    addi    a3, a3, 32
    ee.vld.128.ip   q2, a2, 16
    ee.vld.128.ip   q3, a2, -16
    take_rounded a14
    ee.vadds.s32    q0, q0, q2
    ee.vadds.s32    q1, q1, q3
    ee.vst.128.ip   q0, a2, 16
    ee.vst.128.ip   q1, a2, 16
.Ladd:
    retw
    .size   pie_add, . - pie_add

# void pie_logits(float* out, const int32_t* x, size_t count, int32_t mantissa, int32_t shift)
#   a2: out [4 count], written: scaled x / 2^16   a3: x   a4: count, > 0   a5: mantissa   a6: shift, 1..31
    .align  4
    .global pie_logits
    .type   pie_logits, @function
pie_logits:
    entry   a1, 32
    addi    a6, a6, -1
    ssr     a6
    const.s f4, 3                           # 1/2: the conversion divides by 2^15 at most
    loop    a4, .Llogits
    load_4  a3, 0
    scale_4 a5
    float.s f0, a8, 15
    float.s f1, a9, 15
    float.s f2, a10, 15
    float.s f3, a11, 15
    addi    a3, a3, 16
    mul.s   f0, f0, f4
    mul.s   f1, f1, f4
    mul.s   f2, f2, f4
    mul.s   f3, f3, f4
    ssi     f0, a2, 0
    ssi     f1, a2, 4
    ssi     f2, a2, 8
    ssi     f3, a2, 12
    addi    a2, a2, 16
.Llogits:
    retw
    .size   pie_logits, . - pie_logits

# A norm's products, and the sum of squares of c = x / 64 rounded down. A square has 45 bits. Of the sum, what is kept
# is its lower word, and the sum of the squares / 2^22, each rounded down: of at most 512 elements that tells it all.
#
# void pie_norm(int32_t* out, const int32_t* x, const int16_t* weight, size_t count, uint32_t* sums)
#   a2: out [4 count], written: x * weight / 2^13; may be x   a3: x, below 2^28 in size   a4: weight
#   a5: count, 1..128   a6: sums [2], written: the lower word, and the sum of quotients
    .macro  norm_element at
    l32i    a8, a3, 4 * \at
    l16si   a9, a4, 2 * \at
    srai    a10, a8, 6
    slli    a9, a9, 16
    mull    a11, a10, a10
    slli    a8, a8, 3
    slli    a10, a10, 5
    mulsh   a8, a8, a9
    mulsh   a10, a10, a10
    add     a14, a14, a11
    s32i    a8, a2, 4 * \at
    add     a15, a15, a10
    .endm
    .align  4
    .global pie_norm
    .type   pie_norm, @function
pie_norm:
    entry   a1, 32
    movi    a14, 0
    movi    a15, 0
    loop    a5, .Lnorm
    norm_element 0
    norm_element 1
    norm_element 2
    norm_element 3
    addi    a3, a3, 16
    addi    a4, a4, 8
    addi    a2, a2, 16
.Lnorm:
    s32i    a14, a6, 0
    s32i    a15, a6, 4
    retw
    .size   pie_norm, . - pie_norm

# A pair (x0, x1) becomes (x0 c - x1 s, x0 s + x1 c) / 2, each product rounded down.
#
# void pie_rope(int32_t* x, const int32_t* cos_sin, size_t count)
#   a2: x [2 count], in place   a3: cos_sin, in units of 2^-30   a4: count, > 0
    .align  4
    .global pie_rope
    .type   pie_rope, @function
pie_rope:
    entry   a1, 32
    loop    a4, .Lrope
    l32i    a8, a2, 0
    l32i    a9, a2, 4
    l32i    a10, a3, 0
    l32i    a11, a3, 4
    slli    a8, a8, 1
    slli    a9, a9, 1
    mulsh   a12, a8, a10
    mulsh   a13, a9, a11
    mulsh   a14, a8, a11
    mulsh   a15, a9, a10
    sub     a12, a12, a13
    addi    a3, a3, 8
    add     a14, a14, a15
    s32i    a12, a2, 0
    s32i    a14, a2, 4
    addi    a2, a2, 8
.Lrope:
    retw
    .size   pie_rope, . - pie_rope

# The gate: g = gate, scaled, in units of 2^-16; silu(g) * up / 2^20, limited to what is below 2^30 in size.
#
# With p = sigmoid(|g|) from the table and q = 2^15 - p, silu(g) is g - g q / 2^15 for a positive g and g q / 2^15 for
# a negative one: max(g, 0) - |g| q / 2^15, one product for both. The last entries of the table are 2^15 exactly, so
# that larger |g| may stand for the largest it has.
#
# void pie_gate(int32_t* gate, const int32_t* up, size_t count, const uint16_t* sigmoid, int32_t mantissa,
#               int32_t shift)
#   a2: gate [count], in place   a3: up   a4: count, > 0   a5: sigmoid [257]   a6: mantissa   a7: shift, 1..31
    .align  4
    .global pie_gate
    .type   pie_gate, @function
pie_gate:
    entry   a1, 32
    addi    a7, a7, -1
    ssr     a7
    movi    a7, 0
    movi    a8, -1
    extui   a8, a8, 0, 16
    slli    a8, a8, 4
    addi    a8, a8, 15                      # 2^20 - 1: what the table reaches
    movi    a9, 1
    slli    a9, a9, 18                      # the upper word of a product that is too large
    loop    a4, .Lgates
    l32i    a10, a2, 0
    l32i    a15, a3, 0
    mulsh   a10, a10, a6
    addi    a3, a3, 4
    sra     a10, a10
    addi    a10, a10, 1
    srai    a10, a10, 1                     # g
    abs     a11, a10
    minu    a12, a11, a8
    srli    a13, a12, 12
    addx2   a13, a13, a5
    l16ui   a14, a13, 2
    l16ui   a13, a13, 0
    extui   a12, a12, 0, 12
    sub     a14, a14, a13
    mull    a14, a14, a12
    addmi   a13, a13, -32768
    srli    a14, a14, 12
    add     a13, a13, a14                   # -q
    slli    a13, a13, 16
    add     a11, a11, a11
    mulsh   a13, a11, a13
    max     a10, a10, a7
    add     a10, a10, a13                   # silu(g)
    mull    a13, a10, a15
    mulsh   a10, a10, a15
    extui   a13, a13, 20, 12
    abs     a11, a10
    bgeu    a11, a9, .Llimit
    slli    a10, a10, 12
    add     a10, a10, a13
.Llimited:
    s32i    a10, a2, 0
    addi    a2, a2, 4
.Lgates:
    retw
.Llimit:
    slli    a12, a9, 12
    addi    a12, a12, -1                    # 2^30 - 1
    bgez    a10, .Lmost
    neg     a12, a12
    neg     a14, a9
    bne     a10, a14, .Lmost
    slli    a10, a10, 12                    # just above or below the limit
    add     a10, a10, a13
    max     a10, a10, a12
    j       .Llimited
.Lmost:
    mov     a10, a12
    j       .Llimited
    .size   pie_gate, . - pie_gate
