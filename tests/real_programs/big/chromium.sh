#!/bin/bash
# A page with scripts is loaded without a display and its document printed.
# needs: chromium
# unguarded: chromium
# shellcheck source=tests/real_programs/common.sh
. "$PADLOCK_PROGRAMS/common.sh"
echo '<html><body><p id=p></p><script>let n=0;for(let i=0;i<1e6;++i)n+=i%7;document.getElementById("p").textContent=["sum",n,new Array(1000).fill(0).map((_,i)=>"x"+i).join("").length].join(" ");</script></body></html>' >page.html
chmod 644 page.html
chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$PWD/profile" --dump-dom "file://$PWD/page.html" 2>/dev/null
echo "chromium $?"
