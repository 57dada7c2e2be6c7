# Dot products of int8 by the vectors of ESP32-S3 (PIE; Technical Reference Manual, chapter 1): 16 products an
# instruction, into the accumulator ACCX of 40 bits, with a load in the same instruction. A chunk is 16 elements.
#
# What limits the speed: one instruction a cycle; a loaded vector is there for the next instruction but one; ACCX is
# read two instructions behind the last product, or the processor waits. So a vector is loaded two products before its
# use, weights alternate between q6 and q7, and between a row's last product and its sum stands the store of the row
# before. Nothing is read behind the last row.

    .text

    .macro  mac weights, x
    ee.vmulas.s8.accx   \weights, \x
    .endm
    .macro  mac_load weights, x             # and loads the chunk after the next
    ee.vmulas.s8.accx.ld.ip \weights, a2, 16, \weights, \x
    .endm
    .macro  mac_load_jump weights, x        # the last one of a row
    ee.vmulas.s8.accx.ld.xp \weights, a2, a3, \weights, \x
    .endm

# Rows of a few chunks: x stays in q0..q5, or, of 7 and 8, most of it: its chunks 1, 3 and 5 come by way of q5 then. The
# weights of a row alternate between the registers w0 and w1; `last` is what its last two products are: with loads, or
# without.

    .macro  row_1 w0, w1, last
    \last   \w0, q0
    .endm
    .macro  row_2 w0, w1, last
    \last   \w0, q0
    \last   \w1, q1
    .endm
    .macro  row_3 w0, w1, last
    mac_load    \w0, q0
    \last   \w1, q1
    \last   \w0, q2
    .endm
    .macro  row_4 w0, w1, last
    mac_load    \w0, q0
    mac_load    \w1, q1
    \last   \w0, q2
    \last   \w1, q3
    .endm
    .macro  row_5 w0, w1, last
    mac_load    \w0, q0
    mac_load    \w1, q1
    mac_load    \w0, q2
    \last   \w1, q3
    \last   \w0, q4
    .endm
    .macro  row_6 w0, w1, last
    mac_load    \w0, q0
    mac_load    \w1, q1
    mac_load    \w0, q2
    mac_load    \w1, q3
    \last   \w0, q4
    \last   \w1, q5
    .endm

    .macro  row_7 w0, w1, last
    ee.vld.128.ip   q5, a3, 32
    mac_load    \w0, q0
    mac_load    \w1, q5
    ee.vld.128.ip   q5, a3, -32
    mac_load    \w0, q1
    mac_load    \w1, q5
    mac_load    \w0, q2
    \last   \w1, q3
    \last   \w0, q4
    .endm
    .macro  row_8 w0, w1, last
    ee.vld.128.ip   q5, a3, 32
    mac_load    \w0, q0
    mac_load    \w1, q5
    ee.vld.128.ip   q5, a3, 32
    mac_load    \w0, q1
    mac_load    \w1, q5
    ee.vld.128.ip   q5, a3, -64
    mac_load    \w0, q2
    mac_load    \w1, q5
    \last   \w0, q3
    \last   \w1, q4
    .endm

    .macro  take_sum                        # a9: 0
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    .endm

# Groups of eight rows, until a6 is 0. Every second row begins in `odd0`, and the last but one is \before_last.
    .macro  groups row, odd0, odd1, before_last
.Lgroup\@:
    ee.vld.128.ip   q6, a2, 16
    ee.vld.128.ip   q7, a2, 16
    \row    q6, q7, mac_load
    addi    a6, a6, -1
    take_sum
    \row    \odd0, \odd1, mac_load
    s32i    a8, a5, 0
    take_sum
    \row    q6, q7, mac_load
    s32i    a8, a5, 4
    take_sum
    \row    \odd0, \odd1, mac_load
    s32i    a8, a5, 8
    take_sum
    \row    q6, q7, mac_load
    s32i    a8, a5, 12
    take_sum
    \row    \odd0, \odd1, mac_load
    s32i    a8, a5, 16
    take_sum
    \row    q6, q7, \before_last
    s32i    a8, a5, 20
    take_sum
    \row    \odd0, \odd1, mac
    s32i    a8, a5, 24
    take_sum
    add     a2, a2, a7
    s32i    a8, a5, 28
    addi    a5, a5, 32
    bnez    a6, .Lgroup\@
    retw
    .endm

# Rows that follow each other, in groups of eight with a gap behind each: panels of q8, or keys.
#
# void pie_dots_short(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t groups, size_t gap)
#   a2: rows, on 16 bytes   a3: x, on 16 bytes   a4: chunks of a row, 1..8   a5: sums [8 groups], written
#   a6: groups, > 0   a7: gap, bytes, a multiple of 16
    .align  4
    .global pie_dots_short
    .type   pie_dots_short, @function
pie_dots_short:
    entry   a1, 32
    movi    a9, 0
    ee.zero.accx
    bgei    a4, 7, .Lshort_7
    ee.vld.128.ip   q0, a3, 16
    beqi    a4, 1, .Lshort_1
    ee.vld.128.ip   q1, a3, 16
    beqi    a4, 2, .Lshort_2
    ee.vld.128.ip   q2, a3, 16
    beqi    a4, 3, .Lshort_3
    ee.vld.128.ip   q3, a3, 16
    beqi    a4, 4, .Lshort_4
    ee.vld.128.ip   q4, a3, 16
    beqi    a4, 5, .Lshort_5
    ee.vld.128.ip   q5, a3, 16
    groups  row_6, q6, q7, mac_load
.Lshort_1:
    groups  row_1, q7, q6, mac
.Lshort_2:
    groups  row_2, q6, q7, mac_load
.Lshort_3:
    groups  row_3, q7, q6, mac_load
.Lshort_4:
    groups  row_4, q6, q7, mac_load
.Lshort_5:
    groups  row_5, q7, q6, mac_load
.Lshort_7:
    addi    a8, a3, 16                      # chunk 1
    ee.vld.128.ip   q0, a3, 32
    ee.vld.128.ip   q1, a3, 32
    beqi    a4, 8, .Lshort_8
    ee.vld.128.ip   q2, a3, 16
    ee.vld.128.ip   q3, a3, 16
    ee.vld.128.ip   q4, a3, 16
    mov     a3, a8
    groups  row_7, q7, q6, mac_load
.Lshort_8:
    ee.vld.128.ip   q2, a3, 32
    ee.vld.128.ip   q3, a3, 16
    ee.vld.128.ip   q4, a3, 16
    mov     a3, a8
    groups  row_8, q6, q7, mac_load
    .size   pie_dots_short, . - pie_dots_short

# Long rows: eight of them, tile by tile of at most six chunks, so that x is in registers there too. A tile has three
# chunks at least: its third product from the end loads the last chunk, and moves on to the next row (a3 bytes).

    .macro  part_3 w0, w1, last
    mac_load_jump   \w0, q0
    \last   \w1, q1
    \last   \w0, q2
    .endm
    .macro  part_4 w0, w1, last
    mac_load    \w0, q0
    mac_load_jump   \w1, q1
    \last   \w0, q2
    \last   \w1, q3
    .endm
    .macro  part_5 w0, w1, last
    mac_load    \w0, q0
    mac_load    \w1, q1
    mac_load_jump   \w0, q2
    \last   \w1, q3
    \last   \w0, q4
    .endm
    .macro  part_6 w0, w1, last
    mac_load    \w0, q0
    mac_load    \w1, q1
    mac_load    \w0, q2
    mac_load_jump   \w1, q3
    \last   \w0, q4
    \last   \w1, q5
    .endm

    .macro  take_part                       # a6: 0
    ee.srs.accx a7, a6, 0
    ee.zero.accx
    .endm

# Eight rows' products with the x that is loaded. a1 + 4: what leads from behind the eight rows to where the next tile
# begins if this one has six chunks.
    .macro  tile part, odd0, odd1, chunks
    ee.vld.128.ip   q6, a2, 16
    ee.vld.128.ip   q7, a2, 16
    \part   q6, q7, mac_load
    addi    a5, a5, -\chunks
    take_part
    \part   \odd0, \odd1, mac_load
    add     a8, a8, a7
    take_part
    \part   q6, q7, mac_load
    add     a9, a9, a7
    take_part
    \part   \odd0, \odd1, mac_load
    add     a10, a10, a7
    take_part
    \part   q6, q7, mac_load
    add     a11, a11, a7
    take_part
    \part   \odd0, \odd1, mac_load
    add     a12, a12, a7
    take_part
    \part   q6, q7, mac_load
    add     a13, a13, a7
    take_part
    \part   \odd0, \odd1, mac
    add     a14, a14, a7
    take_part
    add     a15, a15, a7
    l32i    a7, a1, 4
    beqz    a5, .Lstore
    add     a2, a2, a7
    .endm

# void pie_dots_long(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride)
#   a2: 8 rows, on 16 bytes   a3: x, on 16 bytes   a4: chunks of a row, > 2   a5: sums [8], written
#   a6: bytes from one row to the next, a multiple of 16
# Its registers hold
#   a2: weights   a3: bytes from a row's last chunk to the next row   a4: x   a5: chunks left   a6: 0   a8..a15: sums
    .align  4
    .global pie_dots_long
    .type   pie_dots_long, @function
pie_dots_long:
    entry   a1, 48
    s32i    a5, a1, 0
    slli    a7, a6, 3
    movi    a8, 96
    sub     a7, a8, a7
    s32i    a7, a1, 4
    mov     a5, a4
    mov     a4, a3
    addi    a3, a6, -80                     # for six chunks
    movi    a6, 0
    movi    a8, 0
    movi    a9, 0
    movi    a10, 0
    movi    a11, 0
    movi    a12, 0
    movi    a13, 0
    movi    a14, 0
    movi    a15, 0
    ee.zero.accx
    addi    a7, a5, -8
    bgei    a7, 1, .Lsix
# At most eight chunks are left: one tile, or one of four or five and another of three.
.Lrest:
    ee.vld.128.ip   q0, a4, 16
    ee.vld.128.ip   q1, a4, 16
    ee.vld.128.ip   q2, a4, 16
    beqi    a5, 3, .Lthree
    ee.vld.128.ip   q3, a4, 16
    beqi    a5, 6, .Llast_six
    beqi    a5, 4, .Lfour
    beqi    a5, 7, .Lfour
    ee.vld.128.ip   q4, a4, 16
    addi    a3, a3, 16
    tile    part_5, q7, q6, 5
    addi    a2, a2, -16
    addi    a3, a3, -16
    j       .Lrest
.Lsix:
    ee.vld.128.ip   q0, a4, 16
    ee.vld.128.ip   q1, a4, 16
    ee.vld.128.ip   q2, a4, 16
    ee.vld.128.ip   q3, a4, 16
.Llast_six:
    ee.vld.128.ip   q4, a4, 16
    ee.vld.128.ip   q5, a4, 16
    tile    part_6, q6, q7, 6
    addi    a7, a5, -8
    bgei    a7, 1, .Lsix
    j       .Lrest
.Lfour:
    addi    a3, a3, 32
    tile    part_4, q6, q7, 4
    addi    a2, a2, -32
    addi    a3, a3, -32
    j       .Lrest
.Lthree:
    addi    a3, a3, 48
    tile    part_3, q7, q6, 3               # always the last one
.Lstore:
    l32i    a2, a1, 0
    s32i    a8, a2, 0
    s32i    a9, a2, 4
    s32i    a10, a2, 8
    s32i    a11, a2, 12
    s32i    a12, a2, 16
    s32i    a13, a2, 20
    s32i    a14, a2, 24
    s32i    a15, a2, 28
    retw
    .size   pie_dots_long, . - pie_dots_long

# Any rows, one by one: what is less than eight of them.
#
# void pie_dots(const int8_t* rows, const int8_t* x, size_t chunks, int32_t* sums, size_t stride, size_t count)
#   a2: rows, on 16 bytes   a3: x, on 16 bytes   a4: chunks of a row, > 0   a5: sums [count], written
#   a6: bytes from one row to the next, a multiple of 16   a7: count, > 0
    .align  4
    .global pie_dots
    .type   pie_dots, @function
pie_dots:
    entry   a1, 32
    movi    a9, 0
    srli    a8, a4, 1
    ee.zero.accx
.Lrow:
    mov     a10, a2
    mov     a11, a3
    bbci    a4, 0, .Leven
    ee.vld.128.ip   q0, a10, 16
    ee.vld.128.ip   q1, a11, 16
    add     a2, a2, a6
    mac     q0, q1
    j       .Lodd
.Leven:
    add     a2, a2, a6
.Lodd:
    loopnez a8, .Lpairs
    ee.vld.128.ip   q0, a10, 16
    ee.vld.128.ip   q1, a11, 16
    ee.vld.128.ip   q2, a10, 16
    ee.vld.128.ip   q3, a11, 16
    mac     q0, q1
    mac     q2, q3
.Lpairs:
    addi    a7, a7, -1
    ee.srs.accx a12, a9, 0
    ee.zero.accx
    s32i    a12, a5, 0
    addi    a5, a5, 4
    bnez    a7, .Lrow
    retw
    .size   pie_dots, . - pie_dots
