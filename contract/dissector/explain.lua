-- ---- the walk along a message ----

-- A cursor: where in which bytes, in which encoding, and under which tree item.
local function cursor(range, xdr, tree)
	return { range = range, at = 0, size = range:len(), xdr = xdr, tree = tree, lost = false }
end

local function left(c) return c.size - c.at end

-- Adds the next bytes as a field, with the same words as --trace has.
local function pass(c, length, field, name, value)
	local words = value and value ~= "" and (name .. ": " .. value) or name
	if length > 0 then
		c.tree:add(field, c.range:range(c.at, length)):set_text(words)
	end
	c.at = c.at + length
end

local function lose(c, why)
	if c.lost then return end
	pass(c, left(c), fields["not understood"], "not understood", why)
	c.lost = true
end

local function there(c, length, name)
	if c.lost then return false end
	if length > left(c) then
		lose(c, string.format("%s takes %d bytes, and %d are left", name, length, left(c)))
	end
	return not c.lost
end

local function number(c, size, field, name, names, unknown)
	if not there(c, size, name) then return nil end
	local value = c.range:range(c.at, size):uint()
	local words = string.format("%.0f", value)
	if names then words = words .. " " .. (names[value] or unknown or "(unknown)") end
	pass(c, size, field, name, words)
	return value
end

-- A number of a header.
local function part(c, size, name, names) return number(c, size, fields[name], name, names) end

local function padding(c, length)
	local size = c.xdr and (-length) % 4 or 0
	if size > 0 and there(c, size, "padding") then pass(c, size, fields["padding"], "padding") end
end

-- The length or count in front of something; nil when it is beyond its bound, or what is left.
local function counted(c, what, size, bound, name)
	local value = number(c, size, fields[what], what .. " " .. name)
	if not value then return nil end
	if value > bound or value > left(c) then
		lose(c, string.format("%s %s is beyond its bound, or what is left", what, name))
		return nil
	end
	return value
end

local function quote(bytes)
	local words = {}
	for i = 0, bytes:len() - 1 do
		local b = bytes:get_index(i)
		if b == 10 then words[#words + 1] = "\\n"
		elseif b == 9 then words[#words + 1] = "\\t"
		elseif b == 34 or b == 92 then words[#words + 1] = "\\" .. string.char(b)
		elseif b < 32 or b > 126 then words[#words + 1] = string.format("\\%03o", b)
		else words[#words + 1] = string.char(b) end
	end
	return '"' .. table.concat(words) .. '"'
end

-- What has no figures, or nil.
local function endless(value)
	if value ~= value then return "NaN" end
	if value == math.huge then return "Infinity" end
	if value == -math.huge then return "-Infinity" end
end

-- The fewest figures that give the same number again.
local function shortest(value)
	local least = math.abs(value) < 2 ^ -1022 and 1 or 15
	for figures = least, 17 do
		local words = string.format("%." .. figures .. "g", value)
		if tonumber(words) == value or figures == 17 then return endless(value) or words end
	end
end

-- The same of a float: what is nearer to it than to its neighbours.
local function shortest_float(value)
	local _, exponent = math.frexp(value)
	local distance = 2 ^ math.max(exponent - 24, -149)
	local least = math.abs(value) < 2 ^ -126 and 1 or 6
	for figures = least, 9 do
		local words = string.format("%." .. figures .. "g", value)
		local off = math.abs(tonumber(words) - value)
		-- In the middle the even one of two neighbours is meant.
		if figures == 9 or off < distance / 2 or
			(off == distance / 2 and value / distance % 2 == 0) then
			return words
		end
	end
end

local most_depth = 1000 -- values within each other

local walk -- of a type

local function ends_in(name, ending) return name:sub(-#ending) == ending end

local function whole(c, size, place, name, words)
	if there(c, size, name) then pass(c, size, place.field, name, words(c.range:range(c.at, size))) end
end

-- A flag in front of optional data, or of a list's next item.  Whether it is there.
local function flag(c, place, name)
	local value = number(c, c.xdr and 4 or 1, place.there, name, { [0] = "FALSE", "TRUE" },
			"(neither TRUE nor FALSE)")
	return value and value ~= 0
end

local function data(c, length, place, name, words)
	if not there(c, length, name) then return end
	if length > 0 then pass(c, length, place.field, name, words(c.range:range(c.at, length):bytes())) end
	padding(c, length)
end

local function hex(bytes) return tostring(bytes):lower() end

local function members(c, type, place, name, count)
	for i = 1, count do
		if c.lost then return end
		local member = type.members[i]
		local part = type.several and name .. "[" .. (i - 1) .. "]" or
			(name == "" and "" or name .. ".") .. member[1]
		walk(c, member[2], place[member[1]], part)
	end
end

local walkers = {
	void = function() end,
	unsigned = function(c, _, place, name)
		whole(c, 4, place, name, function(range)
			local value = range:uint()
			if ends_in(name, "prog") and programs[value] then
				return string.format("0x%x %s", value, programs[value].name)
			end
			return string.format(ends_in(name, "mode") and "%04o" or "%.0f", value)
		end)
	end,
	int = function(c, _, place, name)
		whole(c, 4, place, name, function(range) return string.format("%d", range:int()) end)
	end,
	hyper = function(c, _, place, name)
		whole(c, 8, place, name, function(range)
			local value = tostring(range:int64())
			if ends_in(name, "seconds") then
				local ok, date = pcall(os.date, "!%Y-%m-%d %H:%M:%S UTC", tonumber(value))
				if ok then value = value .. " (" .. date .. ")" end
			end
			return value
		end)
	end,
	unsigned_hyper = function(c, _, place, name)
		whole(c, 8, place, name, function(range) return tostring(range:uint64()) end)
	end,
	float = function(c, _, place, name)
		whole(c, 4, place, name, function(range)
			local value = range:float()
			return endless(value) or shortest_float(value)
		end)
	end,
	double = function(c, _, place, name)
		whole(c, 8, place, name, function(range) return shortest(range:float()) end)
	end,
	bool = function(c, _, place, name)
		number(c, c.xdr and 4 or 1, place.field, name, { [0] = "FALSE", "TRUE" },
			"(neither TRUE nor FALSE)")
	end,
	enum = function(c, type, place, name)
		number(c, c.xdr and 4 or type.raw_size, place.field, name, type.names, "(not in the contract)")
	end,
	string = function(c, type, place, name)
		local length = counted(c, "length of", c.xdr and 4 or 2, type.bound, name)
		if length then data(c, length, place, name, quote) end
	end,
	bytes = function(c, type, place, name)
		local length = counted(c, "length of", c.xdr and 4 or 2, type.bound, name)
		if length then data(c, length, place, name, hex) end
	end,
	opaque = function(c, type, place, name) data(c, type.bound, place, name, hex) end,
	quadruple = function(c, _, place, name) data(c, 16, place, name, hex) end,
	optional = function(c, type, place, name)
		if flag(c, place, name) and not c.lost then walk(c, type.item, place.item, name) end
	end,
	struct = function(c, type, place, name) members(c, type, place, name, #type.members) end,
}

local function items(c, type, place, name, count)
	for i = 0, count - 1 do
		local before = c.at
		if c.lost then return end
		walk(c, type.item, place.item, name .. "[" .. i .. "]")
		if c.at == before then return lose(c, "items without bytes") end
	end
end

walkers.vector = function(c, type, place, name) items(c, type, place, name, type.bound) end

walkers.array = function(c, type, place, name)
	items(c, type, place, name, counted(c, "count of", 4, type.bound, name) or 0)
end

-- A list's items, each without its last member, are no deeper than one of them.
walkers.list = function(c, type, place, name)
	local i = 0
	while flag(c, place, name .. "[" .. i .. "]") and not c.lost do
		members(c, type.item, place.item, name .. "[" .. i .. "]", #type.item.members - 1)
		i = i + 1
	end
end

-- What the discriminant says, as text: numbers of 64 bits, too.
local function discriminant(c, type)
	local kind, size = type.by.kind, c.xdr and 4 or type.by.raw_size or 4
	if kind == "bool" and not c.xdr then size = 1 end
	if kind == "hyper" or kind == "unsigned_hyper" then size = 8 end
	if left(c) < size then return nil end
	local range = c.range:range(c.at, size)
	if kind == "hyper" then return tostring(range:int64()) end
	if kind == "unsigned_hyper" then return tostring(range:uint64()) end
	if kind == "unsigned" or size < 4 then return string.format("%.0f", range:uint()) end
	return string.format("%d", range:int())
end

walkers.union = function(c, type, place, name)
	local prefix = name == "" and "" or name .. "."
	local value = discriminant(c, type)
	walk(c, type.by, place[type.by_name], prefix .. type.by_name)
	if c.lost then return end
	local arm = type.arms[value]
	if arm == nil then arm = type.otherwise end
	if arm == nil then return lose(c, prefix .. type.by_name .. " has no arm for this") end
	if arm then walk(c, arm[2], place[arm[1]], prefix .. arm[1]) end
end

walk = function(c, type, place, name)
	c.depth = (c.depth or 0) + 1
	if c.depth > most_depth then
		lose(c, "nested too deeply")
	else
		walkers[type.kind](c, type, place, name)
	end
	c.depth = c.depth - 1
end

-- Arguments or a result; what a procedure takes or returns without a struct goes by its type's name.
local function payload(c, procedure, index, what)
	if c.lost then return end
	if not procedure then
		if left(c) > 0 then lose(c, what) end
		return
	end
	local type = procedure[index]
	local plain = type.kind == "struct" or type.kind == "union"
	local unnamed = index == 2 and "argument" or "result"
	walk(c, type, procedure.places[index], type.several and "arguments" or plain and "" or type.name or unnamed)
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- rpc (RFC 5531) ----

local function auth(c, name)
	local flavor = part(c, 4, name .. " flavor", flavors)
	local length = flavor and part(c, 4, name .. " length")
	if not length then return end
	if length > 400 or length > left(c) then
		return lose(c, name .. " length is beyond its bound, or what is left")
	end
	if length == 0 then return end
	local body = cursor(c.range:range(c.at, length), true, c.tree)
	if flavor == 1 then
		walk(body, authsys, authsys_place, name)
	else
		pass(body, length, fields[name .. " body"], name .. " body",
			tostring(body.range:bytes()):lower())
	end
	if left(body) > 0 then lose(body, left(body) .. " bytes left over") end
	c.at = c.at + length
	padding(c, length)
end

local function versions(c)
	part(c, 4, "lowest version")
	part(c, 4, "highest version")
end

-- The procedure that four numbers name, from `at` on: program, version, procedure.
local function find_procedure(range, at)
	local program = programs[range:range(at, 4):uint()]
	local version = program and program.versions[range:range(at + 4, 4):uint()]
	return version and version[range:range(at + 8, 4):uint()], program
end

local function rpc_call(c)
	if part(c, 4, "RPC version") ~= 2 then
		return lose(c, "RFC 5531 defines version 2 only")
	end
	if not there(c, 12, "what is called") then return end
	local procedure, program = find_procedure(c.range, c.at)
	pass(c, 4, fields["program"], "program", string.format("0x%x %s", c.range:range(c.at, 4):uint(),
		program and program.name or "(not in the contract)"))
	part(c, 4, "version")
	pass(c, 4, fields["procedure number"], "procedure", string.format("%.0f %s",
		c.range:range(c.at, 4):uint(), procedure and procedure[1] or "(not in the contract)"))
	auth(c, "credential")
	auth(c, "verifier")
	payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
end

local function rpc_reply(c, procedure)
	local status = part(c, 4, "reply status", reply_statuses)
	if status == 0 then
		auth(c, "verifier")
		status = part(c, 4, "accept status", accept_statuses)
		if status == 2 then versions(c) end
		if status == 0 then payload(c, procedure, 3, "a result; its call was not seen") end
	elseif status == 1 then
		status = part(c, 4, "reject status", reject_statuses)
		if status == 0 then versions(c) end
		if status == 1 then
			part(c, 4, "authentication status", auth_statuses)
		end
	end
end

local function explain_rpc(range, tree, procedure)
	local c = cursor(range, true, tree)
	if there(c, 8, "xid and message type") then
		pass(c, 4, fields["xid"], "xid", string.format("0x%08x", range:range(0, 4):uint()))
		local type = part(c, 4, "message type", message_types)
		if type == 0 then rpc_call(c) elseif type == 1 then rpc_reply(c, procedure) end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- raw (docs/protocol.md) ----

local raw_reply = 0x8000 -- in a reply's operation, which stands where a call has its version

local function explain_raw(range, tree)
	local c = cursor(range, false, tree)
	local procedure, status
	if not there(c, 8, "the header") then return end
	local is_call = range:range(4, 2):uint() < raw_reply
	pass(c, 4, fields["id"], "id", string.format("0x%08x", range:range(0, 4):uint()))
	if is_call then part(c, 2, "version") end
	local operation = range:range(c.at, 2):uint() - (is_call and 0 or raw_reply)
	procedure = operations[operation]
	pass(c, 2, fields["operation"], "operation", (is_call and "" or "reply to ") ..
		operation .. " " .. (procedure and procedure[1] or "(not in the contract)"))
	if is_call then
		payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
	else
		status = part(c, 2, "status of the call", raw_statuses)
		if status == 0 then
			payload(c, procedure, 3, "the result of a procedure that the contract does not have")
		end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

