#!/bin/bash
# Gradients, filters, text and paths, rendered at several sizes.
# needs: rsvg-convert
# packages: librsvg2-bin
{
  echo '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800"><defs><linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient><filter id="f"><feGaussianBlur stdDeviation="3"/></filter></defs>'
  for i in {1..200}; do echo "<circle cx=\"$((i * 37 % 800))\" cy=\"$((i * 61 % 800))\" r=\"$((i % 40 + 3))\" fill=\"url(#g)\" opacity=\"0.$((i % 9 + 1))\" $( ((i % 20)) || echo 'filter="url(#f)"')/><path d=\"M$i 10 C 20 $i, 400 $i, 700 $((800 - i))\" stroke=\"green\" fill=\"none\"/><text x=\"$((i * 3))\" y=\"$((i * 4))\" font-size=\"$((i % 30 + 5))\">text $i</text>"; done
  echo '</svg>'
} >picture.svg
for width in 100 400 800 1600; do rsvg-convert -w "$width" picture.svg -o "$width.png" && md5sum <"$width.png"; done
rsvg-convert -f svg picture.svg | wc -l
rsvg-convert -f pdf picture.svg | head -c 5
rsvg-convert missing.svg 2>&1
exit 0
