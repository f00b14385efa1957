-- Calls and returns: the Fibonacci numbers by their definition.
local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

function step()
  return string.format("%d", fib(20))
end
