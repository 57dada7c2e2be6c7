# What else the vectors of ESP32-S3 (PIE) do well: short keys, weights of attention as factors of int8, the largest
# element of a vector.

    .text

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
    loopnez a3, .Llargest
    ee.vmax.s32     q0, q0, q2
    ee.vmin.s32.ld.incp q2, a2, q1, q1, q2
.Llargest:
    ee.vmax.s32     q0, q0, q2
    ee.vmin.s32     q1, q1, q2
    ee.zero.q   q3
    ee.vsubs.s32    q1, q3, q1
    ee.vmax.s32     q0, q0, q1
    ee.movi.32.a    q0, a2, 0
    ee.movi.32.a    q0, a8, 1
    ee.movi.32.a    q0, a9, 2
    ee.movi.32.a    q0, a10, 3
    max     a2, a2, a8
    max     a9, a9, a10
    max     a2, a2, a9
    retw
    .size   pie_max_abs, . - pie_max_abs
