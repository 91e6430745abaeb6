#!/bin/bash
# Factoring, elliptic curves, matrices, series.
# needs: gp
# packages: pari-gp
gp -q -f <<'GP'
print(factor(2^127 - 3)); print(#factor(10^60 + 7)~); print(bnfinit(x^3 - x - 7).no);
print(ellap(ellinit([0, 0, 1, -1, 0]), 10007)); print(matdet(matrix(60, 60, i, j, i^2 + j * (i % 7))));
print(vecsum(primes(5000))); v = vector(20000, i, i * 7919 % 5003); print(#Set(v)); print(lindep([Pi, Pi^2, 3 * Pi^2 - Pi]));
print(iferr(1 / 0, e, errname(e)));
GP
echo "gp $?"
