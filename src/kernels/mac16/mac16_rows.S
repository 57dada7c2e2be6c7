# Sums of int8 rows by the MAC16 option (Xtensa Instruction Set Architecture, "MAC16 Option"): products of 16 bits into an
# accumulator of 40, in a loop that costs nothing. 2.6 instructions per product, where a load, a multiplication and an
# addition of signed bytes take 4.
#
# A word holds weights w0..w3. With 0x80 flipped in w0 and w2 its halves, as signed numbers of 16 bits, are
# 256 w1 + (w0 + 128) and 256 w3 + (w2 + 128), and its bytes 0 and 2 are w0 + 128 and w2 + 128. So for activations x0..x3
#
#   half0 * x1 + byte0 * (256 x0 - x1) + half1 * x3 + byte2 * (256 x2 - x3)
#       = 256 * (w0 x0 + w1 x1 + w2 x2 + w3 x3 + 128 (x0 + x2))
#
# The accumulator starts at what takes the offset off again.
#
# Loading activations by the same instruction (mula.da.*.ldinc) would save half an instruction per product. QEMU 7.2
# counting instructions (-icount) then gives a wrong sum once in some hundred thousand rows, and without it none.
#
# void mac16_rows(const int8_t* rows, size_t row_bytes, const int32_t* x, size_t steps, int32_t* sums, size_t count)
#   a2: rows, on 4 bytes   a3: bytes from one to the next   a4: x   a5: steps of 16 columns, > 0
#   a6: sums [count], written   a7: count, > 0
# x: the start, then for every four columns { x1, 256 x0 - x1, x3, 256 x2 - x3 } of 16 bits.

    .text
    .align  4
    .global mac16_rows
    .type   mac16_rows, @function
mac16_rows:
    entry   a1, 32
    movi    a9, 128
    slli    a10, a9, 16
    or      a9, a9, a10         # flips bytes 0 and 2
    ssai    8
.Lrow:
    l32i    a8, a4, 0
    wsr     a8, acclo
    srai    a8, a8, 31
    wsr     a8, acchi
    addi    a12, a4, 4
    mov     a13, a2

    .macro  word offset
    l32i    a8, a13, \offset
    l32i    a14, a12, \offset * 2
    xor     a8, a8, a9
    l32i    a15, a12, \offset * 2 + 4
    extui   a10, a8, 0, 8
    extui   a11, a8, 16, 8
    mula.aa.ll  a14, a8
    mula.aa.hl  a14, a10
    mula.aa.lh  a15, a8
    mula.aa.hl  a15, a11
    .endm
    loop    a5, .Lsum
    word    0
    word    4
    word    8
    word    12
    addi    a13, a13, 16
    addi    a12, a12, 32
.Lsum:
    rsr     a8, acclo
    rsr     a10, acchi
    src     a8, a10, a8
    s32i    a8, a6, 0
    addi    a6, a6, 4
    add     a2, a2, a3
    addi    a7, a7, -1
    bnez    a7, .Lrow
    retw
    .size   mac16_rows, . - mac16_rows

# The same for keys of 8 elements, one behind the other, with the query's four words in registers.
#
# void mac16_keys(const int8_t* keys, const int32_t* x, int32_t* sums, size_t count)
#   a2: keys, on 4 bytes   a3: x, as above for 8 columns   a4: sums [count], written   a5: count, > 0
    .align  4
    .global mac16_keys
    .type   mac16_keys, @function
mac16_keys:
    entry   a1, 32
    movi    a9, 128
    slli    a10, a9, 16
    or      a9, a9, a10
    ssai    8
    l32i    a6, a3, 0
    srai    a7, a6, 31
    l32i    a12, a3, 4
    l32i    a13, a3, 8
    l32i    a14, a3, 12
    l32i    a15, a3, 16

    .macro  key_word offset, low, high
    l32i    a8, a2, \offset
    xor     a8, a8, a9
    extui   a10, a8, 0, 8
    extui   a11, a8, 16, 8
    mula.aa.ll  \low, a8
    mula.aa.hl  \low, a10
    mula.aa.lh  \high, a8
    mula.aa.hl  \high, a11
    .endm
    loop    a5, .Lkeys
    wsr     a6, acclo
    wsr     a7, acchi
    key_word 0, a12, a13
    key_word 4, a14, a15
    rsr     a8, acclo
    rsr     a10, acchi
    src     a8, a10, a8
    s32i    a8, a4, 0
    addi    a2, a2, 8
    addi    a4, a4, 4
.Lkeys:
    retw
    .size   mac16_keys, . - mac16_keys

# Rows of values with weights of 16 bits: here the bytes are taken out of the word with their signs.
#
# void mac16_mix(const int8_t* values, size_t stride, const uint16_t* a, size_t steps, int32_t* sums, size_t count)
#   a2: values, on 4 bytes   a3: bytes from one row to the next   a4: a, on 4 bytes, below 2^15   a5: steps of 4 columns, > 0
#   a6: sums [count], written: the lower 32 bits   a7: count, > 0
    .align  4
    .global mac16_mix
    .type   mac16_mix, @function
mac16_mix:
    entry   a1, 32
    movi    a15, 0
.Lmix_row:
    wsr     a15, acclo
    wsr     a15, acchi
    mov     a8, a2
    mov     a9, a4
    loop    a5, .Lmix
    l32i    a10, a8, 0
    l32i    a11, a9, 0
    l32i    a12, a9, 4
    sext    a13, a10, 7
    mula.aa.ll  a13, a11
    slli    a13, a10, 16
    srai    a13, a13, 24
    mula.aa.lh  a13, a11
    slli    a13, a10, 8
    srai    a13, a13, 24
    mula.aa.ll  a13, a12
    srai    a13, a10, 24
    mula.aa.lh  a13, a12
    addi    a8, a8, 4
    addi    a9, a9, 8
.Lmix:
    rsr     a10, acclo
    s32i    a10, a6, 0
    addi    a6, a6, 4
    add     a2, a2, a3
    addi    a7, a7, -1
    bnez    a7, .Lmix_row
    retw
    .size   mac16_mix, . - mac16_mix
