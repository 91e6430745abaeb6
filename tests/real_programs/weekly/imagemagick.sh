#!/bin/bash
# Generated pictures through filters, compositions and formats.
# needs: convert identify
# packages: imagemagick
convert -size 400x300 plasma:fractal -seed 7 png:- 2>/dev/null >/dev/null
convert -size 400x300 gradient:red-blue base.png
convert base.png -blur 0x3 -rotate 33 -resize 150% -colorspace Gray step1.png && identify -format '%m %wx%h %[mean]\n' step1.png
convert base.png \( +clone -flip \) +append \( base.png base.png +append \) -append -quality 80 tiles.jpg && identify -format '%m %wx%h\n' tiles.jpg
convert base.png -virtual-pixel tile -distort Polar 0 -sketch 0x5 -edge 1 rgb:- | wc -c
convert base.png -crop 50x50 +repage part%d.gif && identify part*.gif | wc -l
convert base.png -colors 16 -define png:exclude-chunks=date,time -strip rgb:- | md5sum
convert part*.gif -delay 10 animation.gif && identify animation.gif | wc -l
convert missing.png out.jpg 2>/dev/null
echo "missing: $?"
