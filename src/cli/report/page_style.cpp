// CSS as text.
#include "cli/report/page_style.h"

namespace padlock::cli {

const char* const page_style = R"css(
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6575; --paper: #fbfbfa; --card: #fff; --line: #d9dce1;
  --bad: #b3261e; --bad-soft: #fbe3e1; --data: #cfe3f7; --pad: #e7e1d3; --head: #dedbe8; --other: #ececec; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e8ee; --soft: #a2abba; --paper: #14171c; --card: #1b1f26;
  --line: #363c47; --bad: #ff8a80; --bad-soft: #48201e; --data: #25405c; --pad: #433d2e; --head: #38334a; --other: #2c3036;
  --mark: #4a4118; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 0 0 .3rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
a { color: inherit; }
code, pre, .bytes, .frame { font-family: ui-monospace, monospace; font-size: .85rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 0 0 1.2rem; }
.kind { color: var(--bad); } .soft { color: var(--soft); } .place, .frame, td, li { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .6rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; } .bytes { display: flex; flex-wrap: wrap; gap: 1px .5rem; } .bytes .at { min-width: 3.5rem; color: var(--soft); }
.bytes code { display: inline-block; padding: .05rem .2rem; margin-right: 1px; vertical-align: top; text-align: center; }
.bytes small { font-size: inherit; font-weight: normal; color: var(--soft); }
.bytes .bad { background: var(--bad-soft); color: var(--bad); font-weight: bold; } .bytes .data { background: var(--data); }
svg { width: 100%; min-width: 34rem; height: auto; display: block; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .head { fill: var(--head); } svg .data { fill: var(--data); } svg .pad { fill: var(--pad); } svg .other { fill: var(--other); }
svg .bad { fill: var(--bad); } svg rect { stroke: var(--line); } svg .small { font-size: 11px; fill: var(--soft); }
details { border-top: 1px solid var(--line); padding: .25rem 0; } summary { cursor: pointer; }
pre { margin: .3rem 0 .6rem; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; overflow-x: auto; }
pre b { background: var(--mark); font-weight: normal; display: inline-block; min-width: 100%; }
)css";

}  // namespace padlock::cli
