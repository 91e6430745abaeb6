#!/bin/bash
# Tables, strings, closures, coroutines and collection.
# needs: lua5.4
lua5.4 - <<'LUA'
local count, seed = {}, 42
for i = 1, 200000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  local key = "k" .. seed % 3000
  count[key] = (count[key] or 0) + i
end
local names = {}
for name in pairs(count) do names[#names + 1] = name end
table.sort(names, function(a, b) return count[a] > count[b] end)
for i = 1, 5 do print(names[i], count[names[i]]) end
local producer = coroutine.wrap(function() for i = 1, 10000 do coroutine.yield(("x"):rep(i % 100)) end end)
local length = 0
for i = 1, 10000 do length = length + #producer() end
print(length, (("abc "):rep(1000):gsub("b", "%0%0")):len())
for round = 1, 5 do
  local parts = {}
  for i = 1, 20000 do parts[i] = { i, tostring(i) } end
  collectgarbage()
end
print(select(2, pcall(string.rep, "x", 1 << 60)))
LUA
