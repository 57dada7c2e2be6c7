# Assembly of clang with the short forms of instructions, two bytes instead of three, where operands allow them.
# clang 22 writes none of them by itself, and llvm-mc puts none in.
s/^\t(l32i|s32i)\t(a[0-9]+, a[0-9]+, ([048]|[135][26]|[24][048]|60))( |$)/\t\1.n\t\2\4/
s/^\tor\t(a[0-9]+), (a[0-9]+), \2( |$)/\tmov.n\t\1, \2\3/
s/^\tmovi\t(a[0-9]+, (-?[0-9]|-[12][0-9]|-3[0-2]|[1-8][0-9]|9[0-5]))( |$)/\tmovi.n\t\1\3/
s/^\taddi\t(a[0-9]+, a[0-9]+, (-1|[1-9]|1[0-5]))( |$)/\taddi.n\t\1\3/
s/^\tadd\t(a[0-9]+, a[0-9]+, a[0-9]+)( |$)/\tadd.n\t\1\2/
