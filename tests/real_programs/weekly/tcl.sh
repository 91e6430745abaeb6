#!/bin/bash
# Dictionaries, lists, strings, coroutines, regular expressions, child interpreters.
# needs: tclsh
# packages: tcl
cat >program.tcl <<'TCL'
for {set i 0} {$i < 100000} {incr i} { dict incr count k[expr {$i * 7919 % 5003}] $i }
puts [dict size $count]\ [tcl::mathop::+ {*}[dict values $count]]
proc produce {} { yield; for {set i 0} {$i < 5000} {incr i} { yield [string repeat x [expr {$i % 100}]] }; return end }
coroutine next produce; set n 0; for {set i 0} {$i < 5000} {incr i} { incr n [string length [next]] }; puts $n
set text {}; for {set i 0} {$i < 5000} {incr i} { append text "item-$i; " }
puts [regexp -all {item-(\d*7);} $text]\ [string length [regsub -all {\d+} $text {<&>}]]
for {set i 0} {$i < 50} {incr i} { set x [interp create]; $x eval {set a [lrepeat 1000 text]; foreach e $a {append b $e}}; interp delete $x }
puts [lindex [lsort -integer [lmap e [lrepeat 2000 0] {expr {[incr k] * 7919 % 2003}}]] 1000]
puts [catch {error expected} m]\ $m
TCL
tclsh program.tcl
