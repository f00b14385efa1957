-- Strings: words are made, joined, searched and replaced; all is garbage soon.
function step()
  local words = {}
  for i = 1, 600 do
    words[i] = string.format("%x-%d", i * 7919, i % 13)
  end
  local text = table.concat(words, " ")
  text = text:gsub("%-1%d", "+"):upper()
  local sum = 0
  for word, digit in text:gmatch("(%x+)[-+](%d?)") do
    sum = (sum * 31 + #word + (tonumber(digit) or 77)) % 1000003
  end
  return string.format("%d %d", #text, sum)
end
