# Perl: words counted, sorted, joined and taken apart with regular expressions.
use strict;
use warnings;

my ($path) = @ARGV;
my (%count, %pairs);
my $last = '';
for my $turn (1 .. 4) {
    open my $file, '<', $path or die "$path: $!";
    while (my $line = <$file>) {
        for my $word (split /[^a-z]+/, lc $line) {
            next if $word eq '';
            $count{$word}++;
            $pairs{"$last $word"} .= $turn if length($word) > 3;
            (my $stem = $word) =~ s/(?:ing|ed|s)$//;
            $last = $stem;
        }
    }
    close $file;
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
print "$_ $count{$_}\n" for @top[0 .. 99];
print scalar(keys %pairs), "\n";
