#!/bin/bash
# Generated sound through effects and formats.
# needs: sox soxi
sox -R -n -r 44100 -c 2 tone.wav synth 3 sine 300-3300 fade 0.5 3 0.5 && md5sum <tone.wav
sox -R tone.wav -r 8000 -c 1 small.au lowpass 2000 && md5sum <small.au
sox -R tone.wav out.wav reverb 50 echo 0.8 0.9 100 0.3 chorus 0.7 0.9 55 0.4 0.25 2 -t compand 0.3,1 6:-70,-60,-20 && soxi -D out.wav
sox -R -m tone.wav tone.wav mixed.aiff pitch 200 tempo 1.3 && soxi -s mixed.aiff
sox tone.wav -n spectrogram -o picture.png && head -c 4 picture.png | tail -c 3
echo
sox tone.wav -n stat 2>&1 | grep -i 'length\|maximum amp'
sox missing.wav out.au 2>&1
exit 0
