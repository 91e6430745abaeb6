#!/bin/bash
# Generated video and sound through filters, encoders, muxers and back.
# needs: ffmpeg ffprobe
# packages: ffmpeg
run() { ffmpeg -hide_banner -nostdin -v error -bitexact "$@"; }
run -f lavfi -i testsrc2=s=320x240:d=3 -f lavfi -i sine=440:d=3 -c:v mpeg4 -flags +bitexact -threads 2 -c:a aac -flags:a +bitexact -y out.mkv
run -i out.mkv -map 0:v -f framemd5 - | tail -n 20
run -i out.mkv -vf 'scale=160:120,hflip,eq=brightness=0.1,drawgrid' -f rawvideo - | md5sum
run -f lavfi -i testsrc=s=160x120:d=1 -c:v libx264 -threads 2 -preset fast -y out.mp4 && run -i out.mp4 -f framemd5 - | md5sum
run -i out.mkv -af 'aecho,atempo=1.5' -f s16le - | wc -c
run -i out.mkv -vf fps=5 frame%02d.png && cat frame*.png | md5sum
ffprobe -v error -show_entries stream=codec_name,width,height -of csv out.mkv
ffmpeg -hide_banner -nostdin -v error -i missing.mkv out.avi 2>&1
exit 0
