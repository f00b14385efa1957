-- Floating point: three bodies attract each other for 250 steps of time.
local function body(mass, x, y, z, vx, vy, vz)
  return {mass = mass, x = x, y = y, z = z, vx = vx, vy = vy, vz = vz}
end

local function attract(a, b, dt)
  local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
  local square = dx * dx + dy * dy + dz * dz
  local magnitude = dt / (square * math.sqrt(square))
  a.vx = a.vx - dx * b.mass * magnitude
  a.vy = a.vy - dy * b.mass * magnitude
  a.vz = a.vz - dz * b.mass * magnitude
  b.vx = b.vx + dx * a.mass * magnitude
  b.vy = b.vy + dy * a.mass * magnitude
  b.vz = b.vz + dz * a.mass * magnitude
end

local function advance(bodies, dt)
  for i = 1, #bodies do
    for k = i + 1, #bodies do
      attract(bodies[i], bodies[k], dt)
    end
  end
  for _, b in ipairs(bodies) do
    b.x = b.x + dt * b.vx
    b.y = b.y + dt * b.vy
    b.z = b.z + dt * b.vz
  end
end

function step()
  local bodies = {
    body(39.5, 0, 0, 0, 0, 0, 0),
    body(0.0377, 4.84, -1.16, -0.10, 0.606, 2.81, -0.02),
    body(0.0113, 8.34, 4.12, -0.40, -1.01, 1.82, 0.008),
  }
  for _ = 1, 250 do
    advance(bodies, 0.01)
  end
  local b = bodies[2]
  return string.format("%.6f %.6f %.6f", b.x, b.y, b.z)
end
