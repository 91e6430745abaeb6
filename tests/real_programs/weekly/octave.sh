#!/bin/bash
# Linear algebra, FFT, strings, cells, optimization, an error that is caught.
# needs: octave-cli
# packages: octave
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
octave-cli --no-gui -q --no-history --norc --eval '
A = reshape(mod((1:90000) * 7919, 1009), 300, 300); printf("%.6e\n", norm(A * A, "fro"), sum(abs(fft(A(:, 1)))));
[q, r] = qr(A(1:100, 1:100)); printf("%d\n", norm(q * r - A(1:100, 1:100)) < 1e-8);
s = cell(1, 2000); for i = 1:2000, s{i} = sprintf("item-%d;", i); end, t = strjoin(s, " "); printf("%d %d\n", numel(t), numel(regexp(t, "\\d*7;")));
m = containers.Map(); for i = 1:2000, k = sprintf("k%d", mod(i * 7919, 503)); if isKey(m, k), m(k) += i; else, m(k) = i; end, end, printf("%d\n", m.Count);
printf("%.5f\n", fzero(@(x) cos(x) - x, [0 1]), quad(@(x) exp(-x .^ 2), 0, 1));
try, error("expected"); catch e, disp(e.message); end'
echo "octave $?"
