# Rows of q4 times a vector of int8, by the vectors of ESP32-S3 (PIE). A block is 16 bytes: the weights of one group in
# its lower halves, n, those of another in its upper ones, both with a sign; weights are n times the group's scale g.
#
# A lower half moved up by 4 bits, or an upper one as it stands, with the rest masked away, is 16 n as a signed byte.
# The product of it and g, shifted right by 4, is n g, which fits a byte: the weights of a group are made by one
# multiplication, and then multiplied as those of q8 are. Shifts and products both take their 4 from SAR.
#
# Scales, too, come as two halves of a byte. They are spread over bytes first, 32 at a time, and then broadcast from
# there. Nine instructions a block, 32 products; the loads of weights and of x are inside of others.
#
#   q0: weights as stored   q1: lower halves   q2: upper halves   q3, q4: scales   q5, q6: x   q7: 0xf0 everywhere

    .text

    .macro  set_up                          # uses a8; a9: 0; a15: where a 1 stands
    movi    a8, 0xf0
    s8i     a8, a1, 0
    movi    a8, 1
    s8i     a8, a1, 1
    mov     a15, a1
    ee.vldbc.8.ip   q7, a15, 1
    ssai    4
    movi    a9, 0
    .endm

# 16 bytes of scales at a2 become 32 at a11, \count times; a2 ends 16 bytes behind them, up to where it reads.
    .macro  spread_scales count
    ee.vldbc.8.ip   q4, a15, 0              # ones, to shift by 4 with
    ee.vld.128.ip   q0, a2, 16
    loop    \count, .Lspread\@
    ee.vsl.32   q1, q0
    ee.andq     q2, q0, q7
    ee.andq     q1, q1, q7
    ee.vmul.s8.ld.incp  q0, a2, q1, q1, q4
    ee.vmul.s8  q2, q2, q4
    ee.vzip.8   q1, q2
    ee.vst.128.ip   q1, a11, 16
    ee.vst.128.ip   q2, a11, 16
.Lspread\@:
    .endm

# The block in q0 becomes weights and goes into the sum; x of the next block is loaded, and a12 moves on by \step.
    .macro  multiply_weights step
    ee.vmul.s8  q2, q2, q4
    ee.vmulas.s8.accx.ld.ip q5, a12, 16, q1, q5
    ee.vmulas.s8.accx.ld.ip q6, a12, \step, q2, q6
    ee.vldbc.8.ip   q3, a11, 1
    ee.vldbc.8.ip   q4, a11, 1
    .endm
    .macro  take_halves
    ee.vsl.32   q1, q0
    ee.andq     q2, q0, q7
    ee.andq     q1, q1, q7
    .endm
    .macro  block step                      # and loads the next one of the row
    take_halves
    ee.vmul.s8.ld.incp  q0, a2, q1, q1, q3
    multiply_weights \step
    .endm
    .macro  last_block
    take_halves
    ee.vmul.s8  q1, q1, q3
    multiply_weights 16
    .endm

    .macro  take_x                          # its first block, which every row leaves there
    mov     a12, a4
    ee.vld.128.ip   q5, a12, 16
    ee.vld.128.ip   q6, a12, 16
    ee.zero.accx
    addi    a14, a3, -1
    .endm

# a13 rows at a2 of a3 = a14 + 1 blocks, with scales at a11, to sums at a5, which moves on. Uses a8; a9: 0.
    .macro  multiply_rows
    ee.vldbc.8.ip   q3, a11, 1
    ee.vldbc.8.ip   q4, a11, 1
.Lrow\@:
    ee.vld.128.ip   q0, a2, 16
    loopnez a14, .Lblocks\@
    block   16
.Lblocks\@:
    mov     a12, a4
    last_block
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    addi    a13, a13, -1
    s32i    a8, a5, 0
    addi    a5, a5, 4
    bnez    a13, .Lrow\@
    .endm

# The same for eight rows, four at a time. All but the fourth load the first block of the next one.
    .macro  row_of_four last, at
    loopnez a14, .Lblocks\@
    block   16
.Lblocks\@:
    mov     a12, a4
    \last
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    s32i    a8, a5, \at
    .endm
    .macro  block_before_next
    block   16
    .endm
    .macro  multiply_panel
    ee.vldbc.8.ip   q3, a11, 1
    ee.vldbc.8.ip   q4, a11, 1
.Lfour\@:
    ee.vld.128.ip   q0, a2, 16
    row_of_four block_before_next, 0
    row_of_four block_before_next, 4
    row_of_four block_before_next, 8
    row_of_four last_block, 12
    addi    a13, a13, -4
    addi    a5, a5, 16
    bnez    a13, .Lfour\@
    .endm

# The same for rows of two blocks, without a loop in a loop. a5 stands before the sums.
    .macro  multiply_rows_of_2
    ee.vldbc.8.ip   q3, a11, 1
    ee.vldbc.8.ip   q4, a11, 1
    loop    a13, .Lrows\@
    ee.vld.128.ip   q0, a2, 16
    addi    a5, a5, 4
    block   -48
    last_block
    ee.srs.accx a8, a9, 0
    ee.zero.accx
    s32i    a8, a5, 0
.Lrows\@:
    .endm

# Scales of groups, for pie_q4_rows.
#
# void pie_q4_scales(const std::byte* packed, int8_t* scales, size_t count)
#   a2: packed, on 16 bytes; the 16 bytes behind are read, too   a3: scales [32 count], on 16 bytes, written
#   a4: count of 16 bytes, > 0
    .align  4
    .global pie_q4_scales
    .type   pie_q4_scales, @function
pie_q4_scales:
    entry   a1, 48
    set_up
    mov     a11, a3
    spread_scales a4
    retw
    .size   pie_q4_scales, . - pie_q4_scales

# Rows of one panel, with scales that are spread.
#
# void pie_q4_rows(const std::byte* rows, size_t blocks, const int8_t* x, int32_t* sums, const int8_t* scales,
#                  size_t count)
#   a2: rows, on 16 bytes   a3: blocks of a row, > 0   a4: x, on 16 bytes   a5: sums [count], written
#   a6: scales; those of two more groups are read behind the last   a7: count, > 0
    .align  4
    .global pie_q4_rows
    .type   pie_q4_rows, @function
pie_q4_rows:
    entry   a1, 48
    set_up
    mov     a11, a6
    mov     a13, a7
    take_x
    multiply_rows
    retw
    .size   pie_q4_rows, . - pie_q4_rows

# Blocks that follow each other, with scales that are spread, as weights of int8: for several vectors.
#
# void pie_q4_unpack(const std::byte* blocks, const int8_t* scales, int8_t* weights, size_t count)
#   a2: blocks, on 16 bytes   a3: scales   a4: weights [32 count], on 16 bytes, written   a5: count, > 0
    .align  4
    .global pie_q4_unpack
    .type   pie_q4_unpack, @function
pie_q4_unpack:
    entry   a1, 48
    set_up
    loop    a5, .Lunpack
    ee.vld.128.ip   q0, a2, 16
    ee.vldbc.8.ip   q3, a3, 1
    take_halves
    ee.vldbc.8.ip   q4, a3, 1
    ee.vmul.s8  q1, q1, q3
    ee.vmul.s8  q2, q2, q4
    ee.vst.128.ip   q1, a4, 16
    ee.vst.128.ip   q2, a4, 16
.Lunpack:
    retw
    .size   pie_q4_unpack, . - pie_q4_unpack

    .macro  spread_panel                    # its scales, and a13: its rows
    addi    a2, a2, 16                      # scales of rows
    mov     a11, a7
    spread_scales a10
    addi    a2, a2, -16
    mov     a11, a7
    movi    a13, 8
    .endm

# Whole panels.
#
# void pie_q4_panels(const std::byte* panels, size_t blocks, const int8_t* x, int32_t* sums, size_t count,
#                    int8_t* scratch)
#   a2: panels, on 16 bytes   a3: blocks of a row, > 0   a4: x, on 16 bytes   a5: sums [8 count], written
#   a6: count, > 0   a7: scratch [16 blocks rounded up to 32, and 16], on 16 bytes
    .align  4
    .global pie_q4_panels
    .type   pie_q4_panels, @function
pie_q4_panels:
    entry   a1, 48
    set_up
    addi    a10, a3, 1
    srli    a10, a10, 1                     # of the scales of 8 rows, 16 bytes each
    take_x
    beqi    a3, 2, .Lpanels_of_2
.Lpanel:
    spread_panel
    multiply_panel
    addi    a6, a6, -1
    bnez    a6, .Lpanel
    retw
.Lpanels_of_2:
    addi    a5, a5, -4
.Lpanel_of_2:
    spread_panel
    multiply_rows_of_2
    addi    a6, a6, -1
    bnez    a6, .Lpanel_of_2
    retw
    .size   pie_q4_panels, . - pie_q4_panels
