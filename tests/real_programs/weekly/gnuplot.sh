#!/bin/bash
# Functions, surfaces, histograms and fits, as text, SVG and PNG.
# needs: gnuplot
# packages: gnuplot-nox
gnuplot <<'PLOT' 2>&1
set print "-"
set samples 2000
set table "wave.dat"; plot sin(x) * exp(-x / 10); unset table
f(x) = a * sin(x) * exp(-x / b); a = 0.5; b = 5
set fit quiet; set fit logfile "/dev/null"
fit f(x) "wave.dat" using 1:2 via a, b
print sprintf("%.4f %.4f", a, b)
set terminal dumb 79 24; plot sin(x), cos(x)
set terminal svg; set output "surface.svg"; set isosamples 60; splot x**2 - y**2 with pm3d
set terminal pngcairo; set output "lines.png"; plot "wave.dat" with lines, "" using 1:(sin($1)) smooth bezier
set output
stats "wave.dat" using 2 nooutput
print sprintf("%.6f %d", STATS_mean, STATS_records)
PLOT
wc -l <surface.svg
head -c 4 lines.png | tail -c 3
echo
