-- Lua: binary trees of tables, strings built piece by piece, closures.
local function tree(depth)
  if depth == 0 then return {} end
  return {tree(depth - 1), tree(depth - 1)}
end

local function count(node)
  if not node[1] then return 1 end
  return 1 + count(node[1]) + count(node[2])
end

local total, length = 0, 0
for turn = 1, 90 do
  total = total + count(tree(13))
  local parts = {}
  for at = 1, 6000 do
    local piece = ("%d-%d"):format(turn, at)
    parts[#parts + 1] = function() return piece .. at end
  end
  for _, part in ipairs(parts) do length = length + #part() end
end
print(total, length)
