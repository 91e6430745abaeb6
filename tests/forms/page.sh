#!/usr/bin/env bash
# page.sh PADLOCK LIBRARY ROOT PROGRAM...: the page of `padlock report --html` in headless Chromium, without a network, in a wide
# and in a narrow window: it is shown, nothing of it is wider than the window, bytes are wrapped, and each heap is drawn. Skipped
# without Chromium.
set -euo pipefail
padlock=$1 library=$2 root=$3
shift 3
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in "$@"; do
  { (ulimit -c 0; LD_PRELOAD=$library PADLOCK_OPTIONS=guard_per_site=0:json_path=$work/faults "$program"); } >/dev/null 2>&1 || true
done
"$padlock" report --html --root "$root" -O "$work/page.html" "$work/faults"
for width in 1200 400; do
  cat >"$work/frame.html" <<END
<iframe id="page" src="page.html" style="width:${width}px;height:900px;border:0"></iframe><p id="said"></p>
<script>
onload = () => {
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const heaps = [...page.querySelectorAll("svg")].filter(heap => heap.getBoundingClientRect().height > 20);
  const bytes = [...page.querySelectorAll(".bytes")].map(row => row.parentElement.scrollWidth <= row.parentElement.clientWidth &&
    row.getBoundingClientRect().right <= root.clientWidth && row.lastElementChild.getBoundingClientRect().right <= root.clientWidth);
  document.getElementById("said").textContent = (root.scrollWidth <= root.clientWidth ? "fits" : root.scrollWidth + " of " + root.clientWidth) + ", " + heaps.length + " heaps, bytes " + (bytes.length > 0 && bytes.every(fits => fits));
};
</script>
END
  timeout 100 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --allow-file-access-from-files \
    --host-resolver-rules='MAP * ~NOTFOUND' --virtual-time-budget=5000 --dump-dom "file://$work/frame.html" >"$work/dom" 2>"$work/log" ||
    { cat "$work/log"; exit 1; }
  said=$(sed -n 's/.*<p id="said">\([^<]*\).*/\1/p' "$work/dom")
  echo "$said"
  [[ $said == "fits, $# heaps, bytes true" ]] || { echo "FAILED in a window of $width"; cat "$work/dom"; exit 1; }
done
