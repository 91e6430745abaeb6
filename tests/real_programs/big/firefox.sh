#!/bin/bash
# A page with scripts is loaded without a display and its picture taken.
# needs: firefox-esr
# unguarded: firefox
export MOZ_DISABLE_CONTENT_SANDBOX=1
echo '<html><body><p id=p></p><script>document.getElementById("p").textContent=new Array(1000).fill(0).map((_,i)=>"x"+i).join(" ");</script></body></html>' >page.html
timeout 100 firefox-esr --headless --no-remote --profile "$PWD" --screenshot "$PWD/picture.png" "file://$PWD/page.html" >/dev/null 2>&1
echo "firefox $?"
head -c 4 picture.png | tail -c 3
echo
