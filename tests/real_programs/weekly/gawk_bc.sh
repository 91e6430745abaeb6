#!/bin/bash
# Associative arrays, regular expressions, printf; numbers of thousands of digits.
# needs: gawk bc
seq 100000 | gawk '{ n[$1 * 7919 % 5003] += $1; if ($1 ~ /7$/) ++sevens; line = line substr($1, 1, 1) }
  END { PROCINFO["sorted_in"] = "@ind_num_asc"; for (k in n) if (++i <= 5) printf "%s %d\n", k, n[k]; print sevens, length(line), gensub(/1+/, "<&>", "g", substr(line, 1, 60)) }'
gawk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(20); while (("seq 1000" | getline x) > 0) s += x; print s; print length(sprintf("%1000s", "x")) }'
echo 'scale=1500; 4*a(1)' | bc -l | md5sum
echo '2^20000; sqrt(2*10^600)' | bc | md5sum
echo 'define f(n) { if (n < 2) return 1; return n * f(n - 1); } f(800)' | bc | md5sum
