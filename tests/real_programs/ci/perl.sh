#!/bin/bash
# Hashes, regular expressions, sorting, closures, string building.
# needs: perl
perl -e '
use strict; use warnings; use List::Util qw(sum max); use Data::Dumper;
my %count; my $seed = 42;
for my $i (1 .. 100000) { $seed = ($seed * 1103515245 + 12345) % 2147483648; $count{"w" . $seed % 5000} += $i; }
my @names = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "$_ $count{$_}\n" for @names[0 .. 9];
print sum(values %count), " ", max(values %count), "\n";
my $text = join " ", map { "item-$_;" x ($_ % 5) } 1 .. 5000;
my $hits = () = $text =~ /item-(\d*[37]);/g;
(my $changed = $text) =~ s/item-(\d+)/"<" . ($1 * 2) . ">"/ge;
print "$hits ", length($changed), "\n";
my @subs = map { my $n = $_; sub { $n + shift } } 1 .. 1000;
print sum(map { $_->(1) } @subs), "\n";
$Data::Dumper::Sortkeys = 1;
print Dumper({ list => [1 .. 5], nested => { a => [{ b => "c" }] } });
print `echo from a shell`;
'
