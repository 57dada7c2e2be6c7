# Attention, position by position: what lies between the two products. Codes of scales are those of base/scale.h: three
# bits of mantissa, with an 8 in front, and five of octave.

    .text

# Products of a key and the query become scores, in place: with c the code of the key,
# y = y * mantissa(c) * m / 2^32 / 2^(shift - octave(c)), rounded.
#
# void pie_scores(int32_t* y, const uint8_t* codes, size_t count, int32_t m, int32_t shift)
#   a2: y [4 count], in place   a3: codes   a4: count, > 0   a5: m   a6: shift; less any octave of the codes 1..32
    .macro  score at
    l8ui    a8, a3, \at
    l32i    a9, a2, 4 * \at
    extui   a10, a8, 0, 3
    addi    a10, a10, 8
    mull    a9, a9, a10
    srli    a8, a8, 3
    sub     a8, a6, a8
    mulsh   a9, a9, a5
    ssr     a8
    sra     a9, a9
    addi    a9, a9, 1
    srai    a9, a9, 1
    s32i    a9, a2, 4 * \at
    .endm
    .align  4
    .global pie_scores
    .type   pie_scores, @function
pie_scores:
    entry   a1, 32
    addi    a6, a6, -1
    loop    a4, .Lscores
    score   0
    score   1
    score   2
    score   3
    addi    a3, a3, 4
    addi    a2, a2, 16
.Lscores:
    retw
    .size   pie_scores, . - pie_scores

# Exponentials p of scores, 2^15 at the largest, times mantissa and octave of the codes of the values. `factors` has
# mantissa(c) * 2^(12 - octaves below the highest) for a code, so that one product and one shift make the weight.
#
# uint32_t pie_weigh(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t count, int32_t most,
#                    const uint16_t* exponentials, const uint16_t* factors, int32_t first_code)
#   a2: a [4 count], written: rounded p * factor / 2^17   a3: y   a4: codes   a5: count, > 0   a6: the largest y
#   a7: exponentials [256], of 2^15 * 2^(-i / 256)   on the stack: factors, and the code of the first one
#   Returns the sum of p.
    .macro  weigh at
    l32i    a12, a3, 4 * \at
    l8ui    a13, a4, \at
    sub     a12, a6, a12                    # below the largest, in units of an octave / 256
    addx2   a13, a13, a8
    minu    a12, a12, a9                    # from 16 octaves on nothing is left
    l16ui   a13, a13, 0
    extui   a14, a12, 0, 8
    addx2   a14, a14, a7
    l16ui   a14, a14, 0
    srli    a12, a12, 8
    ssr     a12
    srl     a14, a14
    mull    a13, a13, a14
    add     a11, a11, a14
    add     a13, a13, a10
    extui   a13, a13, 17, 15
    s16i    a13, a2, 2 * \at
    .endm
    .align  4
    .global pie_weigh
    .type   pie_weigh, @function
pie_weigh:
    entry   a1, 32
    l32i    a8, a1, 32
    l32i    a9, a1, 36
    slli    a9, a9, 1
    sub     a8, a8, a9
    movi    a9, -1
    extui   a9, a9, 0, 13                   # 32 octaves less a bit
    movi    a10, 1
    slli    a10, a10, 16                    # a half
    movi    a11, 0
    loop    a5, .Lweigh
    weigh   0
    weigh   1
    weigh   2
    weigh   3
    addi    a3, a3, 16
    addi    a4, a4, 4
    addi    a2, a2, 8
.Lweigh:
    mov     a2, a11
    retw
    .size   pie_weigh, . - pie_weigh

# Keys of 8 elements stand two to a vector. One copy of the query with zeros in its upper half meets the first of them,
# one with zeros in its lower half the second.
#
# void pie_keys_of_8(const int8_t* keys, const int8_t* q, int32_t* sums, size_t count)
#   a2: keys, on 16 bytes   a3: q, on 8 bytes   a4: sums [4 count], written   a5: count of four keys, > 0
    .macro  key keys, query, at             # and stores the sum of the key before
    ee.vmulas.s8.accx   \keys, \query
    s32i    a8, a4, \at
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    .endm
    .align  4
    .global pie_keys_of_8
    .type   pie_keys_of_8, @function
pie_keys_of_8:
    entry   a1, 32
    movi    a9, 0
    ee.zero.q   q0
    ee.zero.q   q1
    ee.vld.l.64.ip  q0, a3, 0
    ee.vld.h.64.ip  q1, a3, 0
    ee.zero.accx
    loop    a5, .Lkeys
    ee.vld.128.ip   q2, a2, 16
    ee.vld.128.ip   q3, a2, 16
    ee.vmulas.s8.accx   q2, q0
    nop
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    key     q2, q1, 0
    key     q3, q0, 4
    key     q3, q1, 8
    s32i    a8, a4, 12
    addi    a4, a4, 16
.Lkeys:
    retw
    .size   pie_keys_of_8, . - pie_keys_of_8

# Weights of 16 bits become two factors of 8, w = 256 high + low, both with a sign: with 128 added to w, the upper byte
# is high, and the lower one low + 128.
#
# void pie_split(const uint16_t* weights, int8_t* high, int8_t* low, size_t count)
#   a2: weights, on 16 bytes, below 2^15 - 128   a3: high   a4: low, both on 16 bytes, written   a5: count of 16, > 0
    .align  4
    .global pie_split
    .type   pie_split, @function
pie_split:
    entry   a1, 48
    movi    a8, 128
    s32i    a8, a1, 0
    mov     a9, a1
    ee.vldbc.16.ip  q6, a9, 0               # 128 in halves
    ee.vldbc.8.ip   q7, a9, 0               # and in bytes
    loop    a5, .Lsplit
    ee.vld.128.ip   q0, a2, 16
    ee.vld.128.ip   q1, a2, 16
    ee.vadds.s16    q0, q0, q6
    ee.vadds.s16    q1, q1, q6
    ee.vunzip.8     q0, q1
    ee.xorq     q0, q0, q7
    ee.vst.128.ip   q1, a3, 16
    ee.vst.128.ip   q0, a4, 16
.Lsplit:
    retw
    .size   pie_split, . - pie_split
