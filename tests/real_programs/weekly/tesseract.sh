#!/bin/bash
# Text is drawn as a picture and read again.
# needs: tesseract convert /usr/share/tesseract-ocr/5/tessdata/eng.traineddata
# packages: tesseract-ocr tesseract-ocr-eng imagemagick fonts-dejavu-core
convert -size 900x260 xc:white -font DejaVu-Sans -pointsize 28 -fill black -annotate +20+60 'The quick brown fox jumps' -annotate +20+120 'over the lazy dog 12345' -annotate +20+180 'and reads it again' page.png
OMP_THREAD_LIMIT=1 tesseract page.png - 2>/dev/null
echo "tesseract $?"
