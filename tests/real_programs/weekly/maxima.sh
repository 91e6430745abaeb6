#!/bin/bash
# Integration, factoring, matrices, big numbers.
# needs: maxima
# unguarded: maxima
# packages: maxima
maxima --very-quiet --batch-string='display2d:false$ factor(x^12-1); integrate(x^3*sin(x),x); expand((a+b)^12); determinant(genmatrix(lambda([i,j],1/(i+j)),8,8)); solve(x^4-5*x^2+4,x); 300!; taylor(exp(sin(x)),x,0,10); gcd(2^200-1,2^120-1);' </dev/null | tail -n +1 | md5sum
echo "maxima $?"
