#!/bin/bash
# A script draws, filters, scales and saves, without a display.
# needs: gimp
cat >script.scm <<'SCM'
(let* ((image (car (gimp-image-new 400 300 RGB))) (layer (car (gimp-layer-new image 400 300 RGB-IMAGE "one" 100 LAYER-MODE-NORMAL))))
  (gimp-image-insert-layer image layer 0 0)
  (gimp-context-set-foreground '(200 30 30)) (gimp-context-set-background '(30 30 200))
  (gimp-drawable-edit-gradient-fill layer GRADIENT-LINEAR 0 FALSE 1 0 TRUE 0 0 400 300)
  (plug-in-gauss RUN-NONINTERACTIVE image layer 12 12 0)
  (plug-in-edge RUN-NONINTERACTIVE image layer 2 1 0)
  (gimp-image-scale image 800 600) (gimp-image-rotate image ROTATE-90)
  (file-png-save RUN-NONINTERACTIVE image layer "out.png" "out.png" 0 6 0 0 0 0 0)
  (file-jpeg-save RUN-NONINTERACTIVE image layer "out.jpg" "out.jpg" 0.8 0 0 0 "" 0 1 0 0)
  (gimp-image-delete image))
(gimp-quit 0)
SCM
gimp -i -d -f -s --batch-interpreter=plug-in-script-fu-eval -b '(load "script.scm")' >gimp.log 2>&1
echo "gimp $?"
for file in out.png out.jpg; do test -s $file && echo $file; done
exit 0
