-- Tables: a list is filled, sorted and counted into a map of lists.
function step()
  local list, x = {}, 42
  for i = 1, 800 do
    x = (x * 1103515245 + 12345) % 2147483648
    list[i] = x % 10007
  end
  table.sort(list)
  local groups = {}
  for _, value in ipairs(list) do
    local key = value % 97
    local group = groups[key] or {}
    group[#group + 1] = value
    groups[key] = group
  end
  local sum = 0
  for key = 0, 96 do
    for i, value in ipairs(groups[key] or {}) do
      sum = (sum + i * value * (key + 1)) % 1000003
    end
  end
  return string.format("%d", sum)
end
