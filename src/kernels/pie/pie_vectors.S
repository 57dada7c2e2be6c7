# Largest and least elements, elements above a bar, and shifts, by the vectors of ESP32-S3 (PIE).

    .text

    .macro  fold_4 op, q                    # \op over the four lanes of \q, to a2
    ee.movi.32.a    \q, a2, 0
    ee.movi.32.a    \q, a8, 1
    ee.movi.32.a    \q, a9, 2
    ee.movi.32.a    \q, a10, 3
    \op     a2, a2, a8
    \op     a9, a9, a10
    \op     a2, a2, a9
    .endm

# uint32_t pie_max_abs(const int32_t* x, size_t count)
#   a2: x, on 16 bytes   a3: count of 4 elements, > 0
    .align  4
    .global pie_max_abs
    .type   pie_max_abs, @function
pie_max_abs:
    entry   a1, 32
    ee.zero.q   q0                          # the largest
    ee.zero.q   q1                          # the least
    ee.vld.128.ip   q2, a2, 16
    addi    a3, a3, -1
    srli    a8, a3, 1
    loopnez a8, .Lmax_abs
    ee.vmax.s32.ld.incp q3, a2, q0, q0, q2
    ee.vmin.s32     q1, q1, q2
    ee.vmax.s32.ld.incp q2, a2, q0, q0, q3
    ee.vmin.s32     q1, q1, q3
.Lmax_abs:
    bbci    a3, 0, .Llast
    ee.vmax.s32     q0, q0, q2
    ee.vmin.s32.ld.incp q2, a2, q1, q1, q2
.Llast:
    ee.vmax.s32     q0, q0, q2
    ee.vmin.s32     q1, q1, q2
    ee.zero.q   q3
    ee.vsubs.s32    q1, q3, q1
    ee.vmax.s32     q0, q0, q1
    fold_4  max, q0
    retw
    .size   pie_max_abs, . - pie_max_abs

# int32_t pie_max(const int32_t* x, size_t count)
#   a2: x, on 16 bytes   a3: count of 4 elements, > 0
    .align  4
    .global pie_max
    .type   pie_max, @function
pie_max:
    entry   a1, 32
    ee.vld.128.ip   q0, a2, 0
    ee.vld.128.ip   q1, a2, 16
    addi    a3, a3, -1
    srli    a8, a3, 1
    bbci    a3, 0, .Leven
    ee.vld.128.ip   q1, a2, 16
.Leven:
    loopnez a8, .Lmax
    ee.vld.128.ip   q2, a2, 16
    ee.vmax.s32     q0, q0, q1
    ee.vld.128.ip   q1, a2, 16
    ee.vmax.s32     q0, q0, q2
.Lmax:
    ee.vmax.s32     q0, q0, q1
    fold_4  max, q0
    retw
    .size   pie_max, . - pie_max

# What is above the bar makes its lane -1, so shifting a lane by four bits and subtracting collects eight vectors. The
# four lanes side by side are a word with a bit for each row, the first one's on top.
#
# uint32_t pie_find_above(uint8_t* found, const float* x, size_t count, int32_t flip, int32_t bar, uint32_t first)
#   a2: found, the places   a3: x, on 16 bytes   a4: count of 32 elements, > 0   a5: flip   a6: bar
#   a7: the place of the first element
#   Returns how many.
    .macro  collect                         # a vector in q0
    ee.xorq         q1, q0, q5
    ee.vsl.32       q7, q7
    ee.vcmp.gt.s32  q1, q1, q6
    .endm
    .macro  collect_load                    # and loads the next one
    collect
    ee.vsubs.s32.ld.incp    q0, a3, q7, q7, q1
    .endm
    .align  4
    .global pie_find_above
    .type   pie_find_above, @function
pie_find_above:
    entry   a1, 48
    s32i    a5, a1, 0
    s32i    a6, a1, 4
    mov     a8, a1
    ee.vldbc.32.ip  q5, a8, 4
    ee.vldbc.32.ip  q6, a8, 4
    movi    a12, 1
    slli    a12, a12, 31
    mov     a13, a2
.Lcollect:
    ssai    4
    ee.zero.q   q7
    ee.vld.128.ip   q0, a3, 16
    collect_load
    collect_load
    collect_load
    collect_load
    collect_load
    collect_load
    collect_load
    collect
    ee.vsubs.s32    q7, q7, q1
    ee.movi.32.a    q7, a8, 0
    ee.movi.32.a    q7, a9, 1
    ee.movi.32.a    q7, a10, 2
    ee.movi.32.a    q7, a11, 3
    addx2   a8, a8, a9
    addx2   a8, a8, a10
    addx2   a8, a8, a11
    beqz    a8, .Lcollected
.Lplace:
    nsau    a9, a8
    ssr     a9
    add     a10, a7, a9
    srl     a11, a12
    s8i     a10, a13, 0
    addi    a13, a13, 1
    xor     a8, a8, a11
    bnez    a8, .Lplace
.Lcollected:
    addi    a7, a7, 32
    addi    a4, a4, -1
    bnez    a4, .Lcollect
    sub     a2, a13, a2
    retw
    .size   pie_find_above, . - pie_find_above

# void pie_shift_right(int32_t* x, size_t count, int32_t half, int32_t shift)
#   a2: x, on 16 bytes, becomes (x + half) / 2^shift, rounded down   a3: count of 4 elements, > 0   a4: half
#   a5: shift, 1..31
    .align  4
    .global pie_shift_right
    .type   pie_shift_right, @function
pie_shift_right:
    entry   a1, 48
    s32i    a4, a1, 0
    mov     a8, a1
    ee.vldbc.32.ip  q1, a8, 0
    ssr     a5
    loop    a3, .Lright
    ee.vld.128.ip   q0, a2, 0
    nop
    ee.vadds.s32    q0, q0, q1
    ee.vsr.32   q0, q0
    ee.vst.128.ip   q0, a2, 16
.Lright:
    retw
    .size   pie_shift_right, . - pie_shift_right

# void pie_shift_left(int32_t* x, size_t count, int32_t shift)
#   a2: x, on 16 bytes, becomes x * 2^shift, of 32 bits   a3: count of 4 elements, > 0   a4: shift, 0..31
    .align  4
    .global pie_shift_left
    .type   pie_shift_left, @function
pie_shift_left:
    entry   a1, 32
    ssr     a4
    loop    a3, .Lleft
    ee.vld.128.ip   q0, a2, 0
    nop
    ee.vsl.32   q0, q0
    ee.vst.128.ip   q0, a2, 16
.Lleft:
    retw
    .size   pie_shift_left, . - pie_shift_left

# The largest byte, and the complement of the least one above it. Bytes have no sign; vectors compare them with one, so
# their upper bit is flipped. Both are folded together: the evens and the odds of all that is left, four times.
#
# uint32_t pie_byte_range(const uint8_t* x, size_t count)
#   a2: x, on 16 bytes   a3: count of 16 elements, > 0
#   Returns largest + 2^8 (255 - least).
    .macro  fold                            # what is left is twice in q0 then
    ee.orq  q1, q0, q0
    ee.vunzip.8 q0, q1
    ee.vmax.s8  q0, q0, q1
    .endm
    .align  4
    .global pie_byte_range
    .type   pie_byte_range, @function
pie_byte_range:
    entry   a1, 48
    movi    a8, 128
    s8i     a8, a1, 0
    mov     a9, a1
    ee.vldbc.8.ip   q7, a9, 0
    ee.vld.128.ip   q2, a2, 16
    addi    a3, a3, -1
    ee.xorq q0, q2, q7                      # the largest
    ee.orq  q1, q0, q0                      # the least
    loopnez a3, .Lbytes
    ee.vld.128.ip   q2, a2, 16
    ee.xorq q2, q2, q7
    ee.vmax.s8  q0, q0, q2
    ee.vmin.s8  q1, q1, q2
.Lbytes:
    ee.notq q1, q1
    ee.vunzip.8 q0, q1
    ee.vmax.s8  q0, q0, q1
    fold
    fold
    fold
    ee.xorq q0, q0, q7
    ee.movi.32.a    q0, a2, 0
    extui   a2, a2, 0, 16
    retw
    .size   pie_byte_range, . - pie_byte_range
