#!/bin/bash
# PostScript to PDF, to pictures and to text.
# needs: gs pdftotext pdftoppm pdfinfo
# packages: ghostscript poppler-utils
cat >page.ps <<'PS'
%!PS
/Times-Roman findfont 12 scalefont setfont
1 1 20 { /page exch def
  1 1 40 { /line exch def 72 780 line 18 mul sub moveto (page ) show page 10 string cvs show ( line ) show line 10 string cvs show } for
  0 1 60 { /a exch def gsave 300 400 translate a 6 mul rotate a 60 div 0.5 1 setrgbcolor 0 0 moveto 150 a lineto stroke grestore } for
  showpage } for
PS
gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -o out.pdf page.ps
gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=png16m -r40 -o page%02d.png out.pdf && echo page*.png | wc -w
gs -q -dSAFER -dBATCH -dNOPAUSE -sDEVICE=pgmraw -r50 -o - out.pdf | md5sum
pdfinfo out.pdf | grep Pages
pdftotext -layout out.pdf - | md5sum
pdftoppm -r 40 -gray out.pdf picture && cat picture*.pgm | md5sum
pdftotext missing.pdf - 2>&1
exit 0
