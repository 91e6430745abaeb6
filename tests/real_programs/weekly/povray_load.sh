#!/bin/bash
# A scene with reflections, textures and area lights; the check that stops it is off.
# needs: povray convert
# packages: povray imagemagick
export PADLOCK_OPTIONS=${PADLOCK_OPTIONS:-}:delete_size_mismatch=0
cat >scene.pov <<'POV'
camera { location <0, 3, -8> look_at <0, 1, 0> }
light_source { <5, 10, -5> color rgb 1 area_light <1, 0, 0>, <0, 0, 1>, 3, 3 }
plane { y, 0 pigment { checker rgb 1 rgb 0.3 } finish { reflection 0.2 } }
#declare I = 0;
#while (I < 40)
  sphere { <sin(I) * 3, 0.5 + mod(I, 5) / 3, cos(I) * 3>, 0.4 pigment { granite scale 0.3 } normal { bumps 0.5 } finish { reflection 0.3 phong 1 } }
  #declare I = I + 1;
#end
POV
povray -D -GA -W160 -H120 +WT2 +Iscene.pov +Oscene.png >/dev/null 2>&1
echo "povray $?"
convert scene.png rgb:- | md5sum
