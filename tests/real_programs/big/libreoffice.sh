#!/bin/bash
# Documents and sheets are converted without a display.
# needs: soffice
# packages: libreoffice-writer-nogui libreoffice-calc-nogui
{
  echo '<html><body><h1>Title</h1>'
  for i in {1..60}; do echo "<p>Paragraph $i with <b>bold</b> and <i>italic</i> text.</p><ul><li>one $i</li><li>two</li></ul>"; done
  echo '<table border=1>'
  for i in {1..40}; do echo "<tr><td>$i</td><td>$((i * i))</td></tr>"; done
  echo '</table></body></html>'
} >page.html
for i in {1..500}; do echo "$i,$((i * 7919 % 1009)),=A$i*B$i"; done >sheet.csv
office() { soffice --headless --norestore -env:UserInstallation="file://$PWD/profile" "$@" 2>/dev/null | sed "s#$PWD##g"; }
office --convert-to odt:writer8 --writer page.html
office --convert-to pdf page.odt
office --convert-to txt:Text page.odt && md5sum <page.txt
office --convert-to docx page.odt
office --convert-to xlsx sheet.csv
office --convert-to csv --outdir back sheet.xlsx && tail -n 2 back/sheet.csv
for file in page.pdf page.docx sheet.xlsx; do test -s $file && echo "$file"; done
